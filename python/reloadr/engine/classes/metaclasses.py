"""The metaclass of a living class, where its bases or its header now ask for another one.

`class P:` becomes `class P(abc.ABC):`, and not only `P` but every class below it is an `ABCMeta` in a fresh process.
CPython lets no one assign that, although a class looks the same in memory whichever of the two it has; a step of
ours does. What `ABCMeta` notes in a class when it makes it is made up for here. For metaclasses with a life of their
own there is no such knowledge: their classes are made anew.
"""

from __future__ import annotations

import abc
import typing
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reloadr._core import Node
from reloadr.engine.batch import Works
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, MISSING, TYPE, Step

if TYPE_CHECKING:
    pass

#: The metaclass of protocols.
PROTOCOL: Final[type] = type(typing.Protocol)

#: Those that can take each other's place; the later ones do what the earlier ones do.
_EXCHANGEABLE = (type, abc.ABCMeta, PROTOCOL)


def current(stage: Stage, cls: type) -> type:
    """The metaclass of a class, prepared steps included."""
    for kind, target, key, value in reversed(stage.steps):
        if kind == CLASS and target is cls and key == "__class__" and is_a(value, type):
            return value
    return type(cls)


def asked_for(stage: Stage, cls: type, bases: Iterable[type], node: Node) -> type | None:
    """The metaclass that a class statement with these bases would use; None if they conflict."""
    explicit = [current(stage, cls)] if any(keyword == "metaclass" for keyword, _ in node.bases) else []
    return _most_derived([*explicit, *(current(stage, base) for base in bases)])


def exchange(works: Works, stage: Stage, cls: type, meta: type) -> bool:
    """Prepares the steps that give a class and those below it the metaclass; False, and nothing done, if that is not
    known to be sound."""
    steps = _steps(works, stage, cls, meta)
    if steps is None:
        return False
    stage.steps += steps
    return True


def exchangeable(works: Works, stage: Stage, cls: type, meta: type) -> bool:
    """Whether `exchange` would succeed."""
    return _steps(works, stage, cls, meta) is not None


def _steps(works: Works, stage: Stage, cls: type, meta: type) -> list[Step] | None:
    steps: list[Step] = []
    new: dict[type, type] = {}
    todo = [(cls, meta)]
    while todo:
        each, wanted = todo.pop(0)
        old = new.get(each) or current(stage, each)
        if old is wanted:
            continue
        if old not in _EXCHANGEABLE or wanted not in _EXCHANGEABLE:
            return None
        new[each] = wanted
        steps += [(CLASS, each, "__class__", wanted), *_notes(each, old, wanted)]
        sub: type
        for sub in type.__subclasses__(each):
            below = _most_derived([*_explicit(works, sub), *(new.get(base) or type(base) for base in sub.__bases__)])
            if below is None:
                return None
            todo.append((sub, below))
    return steps


def _notes(cls: type, old: type, new: type) -> list[Step]:
    """What a metaclass writes into a class that it makes."""
    steps: list[Step] = []
    if issubclass(new, abc.ABCMeta) and not issubclass(old, abc.ABCMeta):
        made = abc.ABCMeta(cls.__name__, (), {})
        steps.append((TYPE, cls, "_abc_impl", locate.class_dict(made)["_abc_impl"]))
        steps.append((TYPE, cls, "__abstractmethods__", frozenset()))
    elif issubclass(old, abc.ABCMeta) and not issubclass(new, abc.ABCMeta):
        steps += [(TYPE, cls, name, MISSING) for name in ("_abc_impl", "__abstractmethods__")]
    if new is PROTOCOL and "_is_protocol" not in locate.class_dict(cls):
        # Whoever is one says so itself; who only inherits from one is none.
        steps.append((TYPE, cls, "_is_protocol", False))
    elif old is PROTOCOL and locate.class_dict(cls).get("_is_protocol") is False:
        steps.append((TYPE, cls, "_is_protocol", MISSING))
    return steps


def _explicit(works: Works, cls: type) -> list[type]:
    """The metaclass that a class does not have from its bases: as far as its source tells, or in doubt."""
    if type(cls) is type:
        return []
    for tracked in works.watched:
        if locate.made_in(cls, tracked.name):
            nodes = works.of(tracked).outline.find(cls.__qualname__)
            if nodes and not any(keyword == "metaclass" for node in nodes for keyword, _ in node.bases):
                return []
    return [type(cls)]


def _most_derived(metas: Iterable[type]) -> type | None:
    winner: type = type
    for meta in metas:
        if issubclass(meta, winner):
            winner = meta
        elif not issubclass(winner, meta):
            return None
    return winner


__all__ = ["PROTOCOL", "asked_for", "current", "exchange", "exchangeable"]
