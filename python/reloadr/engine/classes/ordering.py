"""The members of a class stand in the order of its source: who goes through them meets them as in a fresh process.

class Steps:
    def build(self): ...
    def check(self): ...           # new: comes before `ship`, not last
    def ship(self): ...
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from functools import partial
from types import MemberDescriptorType

from reloadr._core import Node, reorder
from reloadr.engine.batch import Work, Works
from reloadr.engine.classes.kinds import binders
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.journal import Journal


def settle(works: Works, journal: Journal, made: dict[int, list[str]]) -> None:
    """Puts the members of edited classes in order, once all of them are live. `made`: the order that those have which
    were made anew, by their ids."""
    for work in works:
        for qualname in _edited(work):
            nodes = [node for node in work.outline.find(qualname) if node.kind == "class"]
            cls = locate.class_of(work.tracked, nodes[0]) if len(nodes) == 1 else None
            if cls is None:
                continue
            _annotated(journal, locate.class_dict(cls).get("__annotations__"), nodes[0].members)
            if is_a(cls, enum.EnumMeta):
                names = [*cls._member_map_]
            else:
                names = made.get(id(cls)) or _slots_last(cls, _beside_fields(cls, [*binders(nodes[0])]))
            put_in_order(journal, cls, locate.own_dict(cls), names)
        if not _of_bodies(work):
            _annotated(journal, work.tracked.namespace.get("__annotations__"), work.outline.nodes())


def put_in_order(journal: Journal, cls: type, held: dict[str, object], names: list[str]) -> None:
    """The members come one after the other, and what a metaclass or decorator wrote below them."""
    wanted = [name for name in names if name in held]
    known, now = set(wanted), list(held)
    places = [at for at, name in enumerate(now) if name in known]
    between = now[places[0] : places[-1]] if places else []
    if [now[at] for at in places] != wanted or any(name not in known and name[:2] != "__" for name in between):
        first = places[0]
        reorder(cls, held, [*wanted, *(name for name in now[first:] if name not in known)])
        journal.on_undo.append(partial(_put_back, cls, held, now[first:]))


def _slots_last(cls: type, names: list[str]) -> list[str]:
    """Members in the order in which a class gets them: its slots come last, sorted.

    @dataclass(slots=True)
    class Size:
        width: int = 1
        def area(self): ...        # comes before `width`
    """
    held = locate.class_dict(cls)
    slots = [name for name in names if is_a(held.get(name), MemberDescriptorType)]
    return [name for name in names if name not in slots] + sorted(slots)


def _beside_fields(cls: type, names: list[str]) -> list[str]:
    """Members without the fields of a named tuple, which has them before all that its body says, and in their order."""
    fields = locate.class_dict(cls).get("_fields") if issubclass(cls, tuple) else None
    return [name for name in names if name not in fields] if is_a(fields, tuple) else names


class _Nobody:
    """The class of a dict that is of none."""


def _annotated(journal: Journal, held: object, nodes: Iterable[Node]) -> None:
    """Annotations stand in the order of their lines; from CPython 3.14 on they are made when somebody asks."""
    if is_a(held, dict) and len(held) > 1:
        scopes = len(next(iter(nodes)).scopes) if nodes else 0
        names = [node.annotates for node in nodes if node.annotates and len(node.scopes) == scopes]
        put_in_order(journal, _Nobody, held, list(dict.fromkeys(names)))


def _of_bodies(work: Work) -> bool:
    """Whether all edits are of functions that stay where they are: no other line is looked at for them."""
    bodies = all(edit.action in ("changed", "formatted") and edit.node.kind == "function" for edit in work.edits)
    return bodies and not work.reordered


def _edited(work: Work) -> Iterator[str]:
    """The classes that have other members now, or in another order."""
    if work.reordered:
        yield from dict.fromkeys(node.qualname for node in work.outline.nodes() if node.kind == "class")
        return
    found = [edit.node for edit in work.edits if edit.action not in ("changed", "formatted")]
    found += [edit.new for edit in work.edits if edit.new is not None and edit.new.kind != "function"]
    yield from dict.fromkeys(node.scopes[-1].qualname for node in found if node.scopes)


def _put_back(cls: type, held: dict[str, object], names: list[str]) -> None:
    reorder(cls, held, [name for name in names if name in held])


__all__ = ["put_in_order", "settle"]
