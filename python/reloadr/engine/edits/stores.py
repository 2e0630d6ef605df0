"""Stores in places that are no names, when their line changed or went.

settings["debug"] = True           # before
                                   # after: the key goes, if it still is what the line put there
"""

from __future__ import annotations

import ast

from reloadr._core import Node
from reloadr.engine.edits.key_order import put_in_order
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow import places as followed
from reloadr.engine.follow import stored
from reloadr.engine.follow.giving_back import give_back
from reloadr.report.caveats import RL208
from reloadr.source import asking
from reloadr.source.snippets import quoted
from reloadr.source.statements import scope_of
from reloadr.source.stores import stores, stores_otherwise


def run(walk: Walk, new: Node) -> dict[str, object]:
    """Runs a new or changed statement. A place that an unchanged line below stores in keeps what that gave.

    D["a"] = 1                         # changed to 3
    D["a"] = 2                         # the place keeps 2
    """
    batch = walk.batch
    if batch.stage.steps and asking.may_ask(new.source):
        # What functions say of themselves is seen in what is live.
        batch.flush()
    below = []
    found = places.places_of(batch.worlds, walk.work, new)
    for place in found:
        last = stored.binders(batch.worlds, walk.liveness, place, new)[-1:]
        if last and last[0].line > new.line and not _is_edited(walk, last[0]):
            below.append((place, places.held(batch.worlds, place)))
    bound = followed.run(batch, walk.work, new)
    for place, value in below:
        places.write(batch.worlds, place, value)
    for place in found if walk.work.reordered or not _stays_in_place(walk, new) else ():
        put_in_order(walk, new, place)
    return bound


def _stays_in_place(walk: Walk, new: Node) -> bool:
    """Whether an edit changed only what its line stores: the keys are those that they were."""
    edit = next((edit for edit in walk.work.edits if edit.new is not None and edit.new == new), None)
    old = edit.old if edit is not None and edit.action == "changed" else None
    return old is not None and [store.text for store in stores(old)] == [store.text for store in stores(new)]


def _is_edited(walk: Walk, node: Node) -> bool:
    return any(edit.new is not None and edit.new == node and edit.action != "formatted" for edit in walk.work.edits)


def by_itself(walk: Walk, node: Node, *, old: bool = False) -> bool:
    """Whether a statement does nothing but store in places that can be told: a call of a dict's method, not of another
    object's of that name."""
    found = stores(node)
    if node.kind != "statement" or node.source.startswith("setattr("):
        return bool(found)
    return bool(found) and len(places.places_of(walk.batch.worlds, walk.work, node, old=old)) == len(found)


def gone(walk: Walk, old: Node, new: Node | None = None) -> None:
    """Takes back what a line that went, or stores elsewhere now, had put into places; what cannot be is named."""
    wanted = stores(old)
    line = old.line if new is None else new.line
    found = places.places_of(walk.batch.worlds, walk.work, old, old=True) if wanted else []
    kept = places.places_of(walk.batch.worlds, walk.work, new) if new is not None and found else []
    for place in found:
        if any(place.same(other) for other in kept):
            continue
        if not give_back(walk.batch, walk.liveness, old, place) and (old.scopes or not walk.chains.built_anew(old)):
            _name(walk, old, line, place)
        put_in_order(walk, old, place)
    if new is not None and wanted and {store.text for store in wanted} <= {store.text for store in stores(new)}:
        return
    if len(found) < len(wanted) or (not wanted and stores_otherwise(old)):
        if old.scopes or not walk.chains.built_anew(old):
            _name(walk, old, line, None)


def gone_with(walk: Walk, block: Node, new: Node | None = None) -> None:
    """The same for all that a block stored that went, or became another one, which may store there as well."""
    kept = [place for node in _leaves(new) for place in places.places_of(walk.batch.worlds, walk.work, node)]
    for _, _, suite in block.branches:
        for node in suite:
            found = places.places_of(walk.batch.worlds, walk.work, node, old=True) if kept else []
            if found and all(any(place.same(other) for other in kept) for place in found):
                continue
            if (node.kind == "assignment" or stores(node)) and walk.liveness(node, old=True) == "live":
                gone(walk, node)
            elif node.branches:
                gone_with(walk, node, new)


def _leaves(block: Node | None) -> list[Node]:
    """The lines within a block."""
    suites = [suite for _, _, suite in block.branches] if block is not None else []
    return [each for suite in suites for node in suite for each in ([node] if not node.branches else _leaves(node))]


def _name(walk: Walk, old: Node, line: int, place: Place | None) -> None:
    where = ast.unparse(place.store.owner) if place is not None else _owner_named(old)
    qualname = f"{scope_of(old)}.{where}".strip(".")
    walk.batch.findings.reason(RL208(name=quoted(old)), walk.tracked, qualname, line)


def _owner_named(old: Node) -> str:
    return next((name for name in old.reads if "." not in name), old.qualname)
