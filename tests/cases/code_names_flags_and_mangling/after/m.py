from __future__ import annotations

import os.path as ospath
from json import dumps as to_json


class _Store:
    __slots__ = ("__data",)

    def __init__(self):
        self.__data = {}

    def put(self, key):
        def later(__x, *, __y=1):
            nonlocal key
            key = to_json([__x, self.__data, ospath.join("a", "b")])
            return key

        try:
            return later(key)
        except* ValueError as group:
            key = group
        with open(os.devnull) as file, open(os.devnull):
            del file
        return lambda __z: (self.__data, __z)

    class Inner:
        def __hidden(self):
            return 1

        def show(self):
            return self.__hidden(), [self.__hidden() for _ in '1']
