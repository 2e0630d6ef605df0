"""Whether what a line made keeps an object: as itself, in a container or an instance, or as a default."""

from __future__ import annotations

from collections import deque

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.judge.same import COMMON
from reloadr.judge.static import instance_namespace
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.steps import MISSING

__all__ = ["keeps"]

_DEEP = 4
_MANY = 1000


def keeps(worlds: Worlds, work: Work, node: Node, wanted: object) -> bool:
    """Whether something that a line bound, or a default of a definition, leads to an object."""
    space = worlds.find_space(work, node)
    if space is None:
        return False
    todo: list[tuple[object, int]] = []
    for name in [locate.bound_name(node)] if node.name else node.binds:
        value = space.get(name)
        todo.append((value, 0))
        for found in locate.unwrap(value) if node.name else ():
            defaults = (*(found.function.__defaults__ or ()), *(found.function.__kwdefaults__ or {}).values())
            todo += [(each, 1) for each in defaults]
    return _leads_to(todo, wanted)


def _leads_to(todo: list[tuple[object, int]], wanted: object) -> bool:
    seen = set[int]()
    while todo and len(seen) < _MANY:
        value, depth = todo.pop()
        if value is wanted:
            return True
        if value is MISSING or depth > _DEEP or id(value) in seen or is_a(value, str, bytes, int, float, type):
            continue
        seen.add(id(value))
        todo += [(each, depth + 1) for each in _parts(value)]
    return False


def _parts(value: object) -> list[object]:
    if is_a(value, dict):
        return list(dict.values(value))
    if is_a(value, list, tuple, deque):
        return [*value]
    if is_a(value, set, frozenset):
        return [*value]
    held = None if is_a(value, *COMMON) else instance_namespace(value)
    return list(held.values()) if held is not None else []
