from __future__ import annotations

import os.path as ospath
from json import dumps as to_json


class _Store:
    __slots__ = ("__data",)

    def __init__(self):
        self.__data = {}

    def put(self, key):
        return key

    class Inner:
        def __hidden(self):
            return 1

        def show(self):
            return self.__hidden()
