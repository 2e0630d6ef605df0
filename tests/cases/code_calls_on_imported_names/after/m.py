import functools
import json as j
from collections import abc

LOCAL = []


def use(value):
    LOCAL.append(functools.reduce(max, j.loads(value)))
    if isinstance(value, abc.Sized):
        return j.dumps(LOCAL), functools.partial(LOCAL.index, 3)()
    return functools.reduce
