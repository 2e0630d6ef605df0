lazy import json
lazy from math import pi, tau


def dump(value):
    return json.dumps([value]), tau > pi
