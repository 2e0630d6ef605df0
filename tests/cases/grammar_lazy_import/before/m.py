lazy import json
lazy from math import pi


def dump(value):
    return json.dumps(value)
