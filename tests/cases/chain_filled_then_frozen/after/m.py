import sys

EXCLUDED = {"a", "b", "d"}

if sys.version_info >= (3, 9):
    EXCLUDED.add("c")
if sys.version_info >= (3, 99):
    EXCLUDED.add("never")

EXCLUDED = frozenset(EXCLUDED)
COUNT = len(EXCLUDED)


def excluded(name):
    return name in EXCLUDED
