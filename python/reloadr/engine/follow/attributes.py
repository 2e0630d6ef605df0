"""The attributes of classes that may have another value: what edits bind, and what bodies of classes make of that."""

from __future__ import annotations

from collections.abc import Iterable
from enum import EnumMeta

from reloadr._core import Node
from reloadr.engine.batch import Notes, Work, Worlds
from reloadr.engine.classes.collectors import with_other_members, written_by
from reloadr.engine.follow import stored_names
from reloadr.engine.follow.call import Call
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked

__all__ = ["anew"]


def anew(worlds: Worlds, noted: Notes, calls: Iterable[Call]) -> list[tuple[Tracked, type, set[str]]]:
    """The attributes of classes that edits bind anew, or that may follow names and calls that change."""
    works = worlds.works
    nodes = [(call.work, call.node) for call in calls]
    nodes += [(work, edit.node) for work in works for edit in work.edits if edit.action != "formatted"]
    for other, local, _ in noted.read_anew:
        work = works.of(other)
        nodes += [(work, node) for node in work.outline.readers(local)]
    found: dict[int, tuple[Tracked, type, set[str]]] = {}
    for work, node in nodes:
        if node.scopes and not node.name and node.binds and node.kind != "docstring":
            cls = locate.class_of(work.tracked, node.scopes[-1])
            # Members of an enumeration are the same objects: see `enumerated`.
            if cls is not None and not is_a(cls, EnumMeta):
                found.setdefault(id(cls), (work.tracked, cls, set()))[2].update(node.binds)
    storing = [*stored_names.edited(worlds), *((work, node, False) for work, node in nodes)]
    for tracked, owner, name in stored_names.of_classes(worlds, storing):
        found.setdefault(id(owner), (tracked, owner, set()))[2].add(name)
    for work, scope, cls in with_other_members(works):
        # It may be given other attributes by those who collect them.
        if names := written_by(work, cls, scope):
            found.setdefault(id(cls), (work.tracked, cls, set()))[2].update(names)
    for tracked, cls, names in found.values():
        names |= _made_of(works.of(tracked), cls, names)
    return list(found.values())


def _made_of(work: Work, cls: type, names: set[str]) -> set[str]:
    """What the body of a class makes of some of its attributes: other attributes, and methods with other defaults.

    class Page:
        size = 10                      # edited
        most = size * 3
        def show(self, count=most): ...
    """
    found, todo = set[str](), set(names)
    while todo:
        nodes = [node for node in work.outline.readers(todo) if node.scopes and node.kind != "class"]
        own = [node for node in nodes if locate.class_of(work.tracked, node.scopes[-1]) is cls]
        todo = {bound for node in own for bound in _bound(node, todo)} - found - names
        found |= todo
    return found


def _bound(node: Node, names: set[str]) -> Iterable[str]:
    """What a line of the body of a class that reads some names binds to what it makes of them."""
    if not node.name:
        return node.binds
    parts = [*node.decorators, *(default for *_, default in node.params if default is not None)]
    return [locate.bound_name(node)] if any(not names.isdisjoint(part.reads) for part in parts) else []
