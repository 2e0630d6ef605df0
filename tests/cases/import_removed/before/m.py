import json
import math
from os import getcwd as here


def area(r):
    return math.pi * r
