"""Functions that lines put into classes and modules: who calls them there called what changed.

def total(self): ...               # its body was edited
shop.Cart.total = total
SUM = shop.Cart().total()          # due
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate import places
from reloadr.engine.follow.readers import home_of, readers_anywhere, watched
from reloadr.live.kinds import is_a
from reloadr.live.locate import qualname_of
from reloadr.live.module import Tracked
from reloadr.source.statements import written
from reloadr.source.stores import stores

#: By module: it, functions of it by name, methods by class.
Called = dict[str, tuple[Tracked, set[str], dict[str, set[str]]]]


def put_elsewhere(worlds: Worlds, tracked: Tracked, functions: set[str]) -> Called:
    """Where lines of any module store these functions: as attributes of which classes and modules."""
    found: Called = {}
    for work, node, read in readers_anywhere(worlds.works, tracked, functions) if functions else ():
        for owner, name in _stored(worlds, work, node, read):
            if is_a(owner, type):
                home = home_of(worlds.works, owner)
                if home is not None:
                    methods = found.setdefault(home.name, (home, set(), {}))[2]
                    methods.setdefault(qualname_of(owner), set()).add(name)
            else:
                home = watched(worlds.works, str(getattr(owner, "__name__", "")))
                if home is not None:
                    found.setdefault(home.name, (home, set(), {}))[1].add(name)
    return found


def _stored(worlds: Worlds, work: Work, node: Node, read: set[str]) -> Iterator[tuple[object, str]]:
    if node.kind != "assignment" or not any(
        store.value is not None and written(store.value) in read for store in stores(node)
    ):
        return
    for place in places.places_of(worlds, work, node):
        if not place.item and places.space_of(worlds.works, worlds.stage, place) is not None:
            yield place.owner, str(place.key)


__all__ = ["Called", "put_elsewhere"]
