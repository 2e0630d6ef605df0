"""Attributes that lines store in a class stand behind its members, in the order of the lines, of all modules.

class Page: ...
Page.title = "a"                   # new: comes before `size`
Page.size = 3
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes.ordering import put_in_order
from reloadr.engine.evaluate import places
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.readers import home_of, readers_anywhere
from reloadr.engine.order import load_order
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.stores import stores

__all__ = ["settle"]


def settle(batch: Batch) -> None:
    """To be called once everything is live."""
    for cls in _classes(batch).values():
        home = home_of(batch.works, cls)
        if home is None:
            continue
        qualname = locate.qualname_of(cls)
        nodes = batch.works.of(home).outline.find(qualname)
        own = {name for node in nodes for each in node.members for name in _bound(each)}
        names = [name for name in _stored(batch, home, qualname, cls) if name not in own]
        if len(names) > 1:
            put_in_order(batch.journal, cls, locate.own_dict(cls), names)


def _bound(node: Node) -> list[str]:
    return [*node.binds, *([node.name] if node.name else [])]


def _classes(batch: Batch) -> dict[int, type]:
    """The classes that lines of the batch stored in, or that lines store in which changed places."""
    found: dict[int, type] = {}
    for number, _ in batch.noted.stored:
        space = batch.stage.spaces.get(number)
        if space is not None and is_a(space.owner, type):
            found[number] = space.owner
    for work in batch.works:
        for node in work.outline.nodes() if work.reordered else ():
            if not node.scopes and stores(node):
                for place in places.places_of(batch.worlds, work, node):
                    if is_a(place.owner, type):
                        found[id(place.owner)] = place.owner
    return found


def _stored(batch: Batch, home: Tracked, qualname: str, cls: type) -> list[str]:
    """The attributes that lines store in a class, in the order in which they run."""
    lines = [
        (work, node)
        for work, node, _ in readers_anywhere(batch.works, home, {qualname})
        if not node.scopes and not node.name and stores(node)
    ]
    modules = {work.tracked.name for work, _ in lines}
    ranks = load_order(batch.works, modules) if len(modules) > 1 else {}
    lines.sort(key=lambda each: (ranks.get(each[0].tracked.name, 0), each[1].line))
    return list(dict.fromkeys(name for work, node in lines for name in _names(batch, work, node, cls)))


def _names(batch: Batch, work: Work, node: Node, cls: type) -> Iterator[str]:
    ran = any(batch.agenda.has_run(work.tracked, block) for block, _ in node.guards)
    # A condition that its own suite answers holds no more.
    if ran or derivation_of(batch).walk(work).liveness(node) == "live":
        for place in places.places_of(batch.worlds, work, node):
            if place.owner is cls and not place.item:
                yield str(place.key)
