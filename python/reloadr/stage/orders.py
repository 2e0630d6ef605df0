"""The order of names and keys, which a commit that takes one away does not keep: taken back, it would come last.

class Steps:
    def build(self): ...
    def check(self): ...           # taken away, and back with `undo`: stands before `ship` again
    def ship(self): ...
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reloadr._core import commit, reorder
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.steps import DICT, MISSING, TYPE, Step

_PLAIN = (str, int, float, bytes, bool, type(None))


class Orders:
    """The order in which classes and dicts had what they hold, before something was taken from them."""

    def __init__(self) -> None:
        self._noted: dict[int, tuple[type | dict[object, object], list[Any]]] = {}

    def note(self, steps: Iterable[Step]) -> None:
        """To be told before the steps of a commit are carried out."""
        for kind, owner, _, value in steps:
            if value is MISSING and kind in (DICT, TYPE) and id(owner) not in self._noted:
                if is_a(owner, type):
                    self._noted[id(owner)] = owner, [*locate.class_dict(owner)]
                elif is_a(owner, dict) and all(type(key) in _PLAIN for key in owner):
                    # Of others, Python would have to ask which is which.
                    self._noted[id(owner)] = owner, [*owner]

    def put_back(self) -> None:
        """Once everything is taken back."""
        for owner, order in self._noted.values():
            if not is_a(owner, type):
                commit(in_order(owner, order), MISSING)
            else:
                put_back(owner, order)
        self.close()

    def close(self) -> None:
        self._noted.clear()


def put_back(cls: type, order: list[str]) -> None:
    """Brings the members of a class into an order that they had."""
    held = locate.own_dict(cls)
    wanted = [name for name in order if name in held]
    if wanted != [*held][: len(wanted)]:
        reorder(cls, held, [*wanted, *(name for name in list(held) if name not in wanted)])


def in_order(owner: dict[object, object], order: list[object]) -> list[Step]:
    """The steps that bring the keys of a dict into an order; those that are not in it come last."""
    there = list(owner)
    wanted = [key for key in order if key in owner]
    first = next((at for at, (a, b) in enumerate(zip(there, wanted, strict=False)) if a is not b), len(wanted))
    if first == len(wanted):
        return []
    moved = wanted[first:] + [key for key in there[first:] if not any(key is other for other in wanted)]
    # The last one goes first: taken back, they come in the order that they had.
    gone: list[Step] = [(DICT, owner, key, MISSING) for key in reversed(there[first:])]
    return gone + [(DICT, owner, key, owner[key]) for key in moved]


__all__ = ["Orders", "in_order", "put_back"]
