"""The members of a class stand in the order of its source: who goes through them meets them as in a fresh process.

class Steps:
    def build(self): ...
    def check(self): ...           # new: comes before `ship`, not last
    def ship(self): ...
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import partial

from reloadr._core import reorder
from reloadr.engine.batch import Work, Works
from reloadr.engine.classes.kinds import binders
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.journal import Journal


def settle(works: Works, journal: Journal) -> None:
    """Puts the members of edited classes in order, once all of them are live."""
    for work in works:
        for qualname in _edited(work):
            nodes = [node for node in work.outline.find(qualname) if node.kind == "class"]
            cls = locate.class_of(work.tracked, nodes[0]) if len(nodes) == 1 else None
            if cls is None or is_a(cls, enum.EnumMeta):
                continue
            held = locate.class_dict(cls)
            wanted = [name for name in binders(nodes[0]) if name in held]
            now = [name for name in held if name in set(wanted)]
            if now != wanted:
                reorder(cls, locate.own_dict(cls), wanted)
                journal.on_undo.append(partial(_put_back, cls, now))


def _edited(work: Work) -> Iterator[str]:
    """The classes that have other members now, or in another order."""
    if work.reordered:
        yield from dict.fromkeys(node.qualname for node in work.outline.nodes() if node.kind == "class")
        return
    found = [edit.node for edit in work.edits if edit.action not in ("changed", "formatted")]
    found += [edit.new for edit in work.edits if edit.new is not None and edit.new.kind != "function"]
    yield from dict.fromkeys(node.scopes[-1].qualname for node in found if node.scopes)


def _put_back(cls: type, names: list[str]) -> None:
    held = locate.own_dict(cls)
    reorder(cls, held, [name for name in names if name in held])


__all__ = ["settle"]
