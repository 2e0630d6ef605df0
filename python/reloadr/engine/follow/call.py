"""A statement or definition that called what changes while its module was loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.classes.kinds import default_of
from reloadr.judge.same import indistinguishable
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

__all__ = ["Call", "Name", "meaning_another"]

#: A name, and the id of the module's namespace or the class that has it.
Name = tuple[int, str]


@dataclass(frozen=True)
class Call:
    """A statement or definition that called functions while its module was loaded."""

    work: Work
    node: Node
    #: What it calls that changes, or reads what changes, as it writes them.
    names: frozenset[str]
    #: Those of them that change themselves: whom they decorate is found from that.
    direct: frozenset[str] = frozenset()
    #: Those whose inner functions do: called by decorators with arguments.
    inner: frozenset[str] = frozenset()
    #: Names whose change makes this call stale. Empty: the called function itself changed.
    because: frozenset[Name] = frozenset()
    #: For an assignment: whether it has no effect and its value is what the old code gives.
    holds: bool | None = None
    #: Whether it reads what is no name and shows only once it is live: a place, or what a definition says of itself.
    asks: bool = False
    #: For an `if`: which suite it chose, where that may be asked.
    came: int | None = None
    #: The module whose names it goes through as they stand.
    lists: Tracked | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells its statement from others: module, line, source."""
        return self.work.tracked.name, self.node.line, self.node.source


def _as_it_was(space: Space, before: Mapping[str, object], name: str) -> object:
    return before.get(name, space.get(name))


def meaning_another(stage: Stage, because: Iterable[Name]) -> list[str]:
    """Which of some names have another value now."""
    found = set()
    for owner, name in because:
        space = stage.spaces.get(owner)
        before = stage.before.get(owner, {})
        if space is None or before.get(name) is MISSING:
            continue
        old, new = before.get(name, MISSING), space.get(name)
        if (old is MISSING or old is new) and is_a(space.owner, type):
            # A field of a class whose instances have slots, or are tuples.
            old = default_of(partial(_as_it_was, space, before), name)
            new = default_of(space.get, name)
        if old is MISSING or old is new:
            continue
        if not indistinguishable(old, new):
            found.add(name)
    return sorted(found)
