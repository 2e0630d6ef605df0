"""The steps of a commit, as `_core.commit` knows them."""

from __future__ import annotations

from typing import Final

MISSING: Final = object()
"""In the place of a value: there is none."""

# Set or delete a key of a dict, an attribute past a metaclass; set a function's code and closure, an attribute, a
# cell's contents, a function's globals, a class's bases or an object's class.
DICT, TYPE, CODE, ATTR, CELL, GLOBALS, CLASS = range(7)

Step = tuple[int, object, object, object]
"""Kind, target, key, value."""

__all__ = ["ATTR", "CELL", "CLASS", "CODE", "DICT", "GLOBALS", "MISSING", "TYPE", "Step"]
