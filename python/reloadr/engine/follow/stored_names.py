"""Attributes of modules and classes that lines store in: names of theirs, with another meaning where a line has one.

conf.LIMIT = RATE * 2              # edited, or `RATE` is
class Shop: ...
Shop.rate = RATE                   # who reads it from `Shop`, or from its instances, reads what is stored
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate.places import Place, places_of
from reloadr.engine.follow.readers import home_of
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.stores import stores

__all__ = ["edited", "of_classes", "of_modules"]

#: A line, and whether it is of the old source.
Line = tuple[Work, Node, bool]


def edited(worlds: Worlds) -> Iterator[Line]:
    """The lines of a batch that store in places, as they were and as they will be."""
    for work in worlds.works:
        for edit in work.edits:
            for node in (edit.old, edit.new) if edit.action != "formatted" else ():
                if node is not None and not node.name:
                    yield work, node, node is edit.old


def of_modules(worlds: Worlds, lines: Iterable[Line]) -> list[tuple[Tracked, set[str]]]:
    """Watched modules in whose attributes lines store, with these."""
    found: dict[str, tuple[Tracked, set[str]]] = {}
    for place in _attributes(worlds, lines):
        home = worlds.works.listed.by_module.get(id(place.owner)) if is_a(place.owner, ModuleType) else None
        if home is not None:
            found.setdefault(home.name, (home, set()))[1].add(str(place.key))
    return list(found.values())


def of_classes(worlds: Worlds, lines: Iterable[Line]) -> Iterator[tuple[Tracked, type, str]]:
    """Classes of watched modules in whose attributes lines store, with these."""
    for place in _attributes(worlds, lines):
        home = home_of(worlds.works, place.owner) if is_a(place.owner, type) else None
        if home is not None and is_a(place.owner, type):
            yield home, place.owner, str(place.key)


def _attributes(worlds: Worlds, lines: Iterable[Line]) -> Iterator[Place]:
    for work, node, old in lines:
        # A block decides by itself whether they run.
        if not node.guards and any(isinstance(each.key, str) for each in stores(node)):
            for place in places_of(worlds, work, node, old=old):
                if not place.item:
                    yield place
