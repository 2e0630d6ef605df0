"""Functions whose defaults read names, or attributes of classes, that edits bind anew: who calls one gets those.

class Conf:
    SIZE = 1                       # edited
def make(size=Conf.SIZE): ...
BOX = make()                       # due: nothing in the code of `make` reads `SIZE`
"""

from __future__ import annotations

from reloadr._core import Node
from reloadr.engine.follow.reached import Reached
from reloadr.engine.follow.readers import home_of, readers_anywhere
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.source.statements import scope_of

__all__ = ["seed_attributes", "seed_names"]


def seed_names(reached: Reached, tracked: Tracked, names: set[str]) -> None:
    """Begins with the functions of a module whose defaults read names, as that module writes them."""
    for node in reached.batch.works.of(tracked).outline.readers(names):
        _seed(reached, tracked, node, names)


def seed_attributes(reached: Reached, tracked: Tracked, cls: type, names: set[str]) -> None:
    """Begins with those that read attributes of a class: in its body, and by its name or that of a class below it."""
    works = reached.batch.works
    for node in works.of(tracked).outline.readers(names):
        if scope_of(node) == locate.qualname_of(cls):
            _seed(reached, tracked, node, names)
    for each in (cls, *locate.subclasses(cls)):
        home = tracked if each is cls else home_of(works, each)
        if home is not None:
            for name in names:
                for work, node, read in readers_anywhere(works, home, {f"{locate.qualname_of(each)}.{name}"}):
                    _seed(reached, work.tracked, node, read)


def _seed(reached: Reached, tracked: Tracked, node: Node, names: set[str]) -> None:
    if any(default is not None and names & set(default.reads) for *_, default in node.params):
        cls = locate.class_of(tracked, node.scopes[-1]) if node.scopes else None
        if cls is not None or not node.scopes:
            reached.add(tracked, cls, locate.bound_name(node))
