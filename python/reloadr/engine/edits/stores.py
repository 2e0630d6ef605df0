"""Stores in places that are no names, when their line changed or went.

settings["debug"] = True           # before
                                   # after: the key goes, if it still is what the line put there
"""

from __future__ import annotations

import ast
import collections

from reloadr._core import Node, commit
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow import places as followed
from reloadr.engine.follow.giving_back import give_back
from reloadr.judge.same import same_value
from reloadr.source.snippets import quoted
from reloadr.source.statements import scope_of
from reloadr.source.stores import root_of, stores, stores_otherwise
from reloadr.stage.steps import DICT, MISSING, Step


def run(walk: Walk, new: Node) -> dict[str, object]:
    """Runs a new or changed statement. A place that an unchanged line below stores in keeps what that gave.

    D["a"] = 1                         # changed to 3
    D["a"] = 2                         # the place keeps 2
    """
    batch = walk.batch
    below, fresh = [], []
    for place in places.places_of(batch, walk.work, new):
        if place.item and places.held(batch, place) is MISSING:
            fresh.append(place)
        last = followed.binders(batch, walk.liveness, place, new)[-1:]
        if last and last[0].line > new.line and not _is_edited(walk, last[0]):
            below.append((place, places.held(batch, place)))
    bound = followed.run(batch, walk.work, new)
    for place, value in below:
        places.write(batch, place, value)
    for place in fresh:
        _put_in_order(walk, new, place)
    return bound


def _put_in_order(walk: Walk, new: Node, place: Place) -> None:
    """A new key of a dict stands before those that lines below put there.

    D["a"] = 1
    D["b"] = 2                         # new
    D["c"] = 3
    """
    owner = place.owner
    if type(owner) not in (dict, collections.defaultdict):
        return
    assert isinstance(owner, dict)
    keys = list(owner)
    for node in walk.work.outline.readers({root_of(place.store.owner) or ""}):
        if node.line > new.line and scope_of(node) == scope_of(new):
            for other in places.places_of(walk.batch, walk.work, node):
                if other.owner is owner and other.key in keys and not other.same(place):
                    keys = keys[: keys.index(other.key)]
    behind = [key for key in list(owner)[len(keys) :] if not same_value(key, place.key)]
    steps: list[Step] = [(DICT, owner, key, MISSING) for key in reversed(behind)]
    steps += [(DICT, owner, key, owner[key]) for key in behind]
    if behind:
        walk.batch.journal.commits.append(commit(steps, MISSING))


def _is_edited(walk: Walk, node: Node) -> bool:
    return any(edit.new is not None and edit.new == node and edit.action != "formatted" for edit in walk.work.edits)


def gone(walk: Walk, old: Node, new: Node | None = None) -> None:
    """Takes back what a line that went, or stores elsewhere now, had put into places; what cannot be is named."""
    wanted = stores(old)
    line = old.line if new is None else new.line
    found = places.places_of(walk.batch, walk.work, old, old=True) if wanted else []
    for place in found:
        if not give_back(walk.batch, walk.liveness, old, place):
            _name(walk, old, line, place)
    if new is not None and wanted and {store.text for store in wanted} <= {store.text for store in stores(new)}:
        return
    if len(found) < len(wanted) or (not wanted and stores_otherwise(old)):
        if old.scopes or not walk.chains.built_anew(old):
            _name(walk, old, line, None)


def gone_with(walk: Walk, block: Node) -> None:
    """The same for all that a block stored that went."""
    for _, _, suite in block.branches:
        for node in suite:
            if node.kind == "assignment" and walk.liveness(node, old=True) == "live":
                gone(walk, node)
            elif node.branches:
                gone_with(walk, node)


def _name(walk: Walk, old: Node, line: int, place: Place | None) -> None:
    where = ast.unparse(place.store.owner) if place is not None else _owner_named(old)
    qualname = f"{scope_of(old)}.{where}".strip(".")
    walk.batch.findings.reason("RL208", walk.tracked, qualname, line, name=quoted(old))


def _owner_named(old: Node) -> str:
    return next((name for name in old.reads if "." not in name), old.qualname)
