import json
import math

SIZE = 3
area = SIZE * SIZE


def helper():
    return json


del math
del SIZE
del helper
