"""Stores in places that are no names, when their line changed or went.

settings["debug"] = True           # before
                                   # after: the key goes, if it still is what the line put there
"""

from __future__ import annotations

import ast
import collections

from reloadr._core import Node
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow import places as followed
from reloadr.engine.follow import stored
from reloadr.engine.follow.bases import base_of
from reloadr.engine.follow.giving_back import give_back
from reloadr.judge.operable import hashed_by_type, keys_are_plain
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL208
from reloadr.source import asking
from reloadr.source.filling import root_of
from reloadr.source.snippets import quoted
from reloadr.source.statements import parse_statements, scope_of
from reloadr.source.stores import stores, stores_otherwise
from reloadr.stage.orders import in_order
from reloadr.stage.steps import MISSING


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
        _put_in_order(walk, new, place)
    return bound


def _stays_in_place(walk: Walk, new: Node) -> bool:
    """Whether an edit changed only what its line stores: the keys are those that they were."""
    edit = next((edit for edit in walk.work.edits if edit.new is not None and edit.new == new), None)
    old = edit.old if edit is not None and edit.action == "changed" else None
    return old is not None and [store.text for store in stores(old)] == [store.text for store in stores(new)]


def _put_in_order(walk: Walk, at: Node, place: Place) -> None:
    """Keys of a dict stand in the order of the lines that first store them.

    D["a"] = 1
    D["b"] = 2                         # new: before `c`, which was there already
    D["c"] = 3
    """
    owner = place.owner
    if type(owner) not in (dict, collections.defaultdict):
        return
    assert is_a(owner, dict)
    if not all(keys_are_plain([key]) or hashed_by_type(type(key)) for key in owner):
        return
    keys = [key for key in _stored_keys(walk, at, place) if key in owner]
    order = list(owner)
    if place.key in keys and not walk.work.reordered:
        order = _between(order, keys, place.key)
    wanted = iter(keys)
    steps = in_order(owner, [next(wanted) if key in keys else key for key in order])
    if steps:
        walk.batch.journal.carry_out(steps)


def _between(order: list[object], keys: list[object], key: object) -> list[object]:
    """Keys of a dict with one before that which a line below stores, or else behind that of a line above: keys of
    other modules stay behind it."""
    at = keys.index(key)
    rest = [each for each in order if each != key]
    above = rest.index(keys[at - 1]) + 1 if at else len(rest)
    where = rest.index(keys[at + 1]) if at + 1 < len(keys) else above
    return [*rest[:where], key, *rest[where:]]


def _stored_keys(walk: Walk, at: Node, place: Place) -> list[object]:
    """The keys that lines of a scope store in the owner of a place, in the order of those lines."""
    found: list[object] = []
    text = ast.unparse(place.store.owner)
    for node in walk.work.outline.readers({root_of(place.store.owner) or ""}):
        if scope_of(node) == scope_of(at) and walk.liveness(node) == "live":
            for each in places.places_of(walk.batch.worlds, walk.work, node):
                if each.owner is place.owner and each.item and base_of(walk.batch, walk.work, node, each) is MISSING:
                    found.append(each.key)
            found += _supplied_keys(node, text)
    return list(dict.fromkeys(found))


def _supplied_keys(node: Node, owner: str) -> list[object]:
    """What a line stores on its way: `D.setdefault("a", []).append(1)`."""
    tree = parse_statements(node.segment) if ".setdefault(" in node.source and not stores(node) else None
    found: list[object] = []
    for call in ast.walk(tree) if tree is not None else ():
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
            key = call.args[0]
            if (
                call.func.attr == "setdefault"
                and ast.unparse(call.func.value) == owner
                and isinstance(key, ast.Constant)
            ):
                found.append(key.value)
    return found


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
        if not give_back(walk.batch, walk.liveness, old, place):
            _name(walk, old, line, place)
        _put_in_order(walk, old, place)
    if new is not None and wanted and {store.text for store in wanted} <= {store.text for store in stores(new)}:
        return
    if len(found) < len(wanted) or (not wanted and stores_otherwise(old)):
        if old.scopes or not walk.chains.built_anew(old):
            _name(walk, old, line, None)


def gone_with(walk: Walk, block: Node) -> None:
    """The same for all that a block stored that went."""
    for _, _, suite in block.branches:
        for node in suite:
            if (node.kind == "assignment" or stores(node)) and walk.liveness(node, old=True) == "live":
                gone(walk, node)
            elif node.branches:
                gone_with(walk, node)


def _name(walk: Walk, old: Node, line: int, place: Place | None) -> None:
    where = ast.unparse(place.store.owner) if place is not None else _owner_named(old)
    qualname = f"{scope_of(old)}.{where}".strip(".")
    walk.batch.findings.reason(RL208(name=quoted(old)), walk.tracked, qualname, line)


def _owner_named(old: Node) -> str:
    return next((name for name in old.reads if "." not in name), old.qualname)
