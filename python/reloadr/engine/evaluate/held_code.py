"""Whether what a name means holds a function that is to run other code: in a table, a list, an attribute.

def first(x): ...                  # edited
TABLE = {"a": first}
V = [f(1) for f in TABLE.values()]     # new: calls the new code
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from types import FunctionType, ModuleType

from reloadr.live import locate
from reloadr.live.kinds import entries_of, is_a

__all__ = ["leads_to"]

_ROWS = (list, tuple, set, frozenset, deque)
_NOTHING = (int, float, str, bytes, bool, type(None), ModuleType)
#: So far, and through so much, it is looked.
_DEEP, _MANY = 4, 1000


def leads_to(values: Iterable[object], codes: set[int]) -> bool:
    """Whether one of these is, or holds, a function of one of these codes, which are given by their ids."""
    seen: set[int] = set()
    todo = deque((each, 0) for each in values)
    while todo and len(seen) < _MANY:
        value, depth = todo.popleft()
        if id(value) in seen or is_a(value, *_NOTHING):
            continue
        seen.add(id(value))
        if callable(value) and any(id(found.function.__code__) in codes for found in locate.unwrap(value)):
            return True
        if depth < _DEEP and not is_a(value, FunctionType):
            todo += [(part, depth + 1) for part in _parts(value)]
    return False


def _parts(value: object) -> list[object]:
    entries = entries_of(value)
    if entries is not None:
        return list(dict.values(entries))[:_MANY]
    for row in _ROWS:
        if is_a(value, row):
            return [*row.__iter__(value)][:_MANY]  # type: ignore[arg-type]
    held = locate.class_dict(value) if is_a(value, type) else locate.attributes_of(value)
    if is_a(value, type) and "__module__" not in (held or {}):
        return []
    return list(held.values())[:_MANY] if held is not None else []
