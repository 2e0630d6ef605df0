import functools
import json as j
from collections import abc

LOCAL = []


def use(value):
    return value
