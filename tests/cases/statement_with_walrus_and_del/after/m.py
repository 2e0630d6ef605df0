import re

if (found := re.match("a+", "aab")) is not None:
    LENGTH = found.end()
tmp = [LENGTH]
SIZE = tmp.pop()
del tmp


def size():
    return SIZE * 10
