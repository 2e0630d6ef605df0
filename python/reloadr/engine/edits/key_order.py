"""Keys of a dict, and attributes of an object, stand in the order of the lines that first store them, of all modules.

D["a"] = 1
D["b"] = 2                         # new: before `c`, which was there already
D["c"] = 3
"""

from __future__ import annotations

import ast
import collections
from collections.abc import Iterator
from types import ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow.bases import base_of
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.engine.follow.stored import at_home
from reloadr.engine.order import load_order
from reloadr.judge.operable import hashed_by_type, keys_are_plain
from reloadr.live.kinds import is_a
from reloadr.source.filling import root_of
from reloadr.source.statements import parse_statements, scope_of
from reloadr.source.stores import stores
from reloadr.stage.orders import in_order
from reloadr.stage.steps import MISSING

__all__ = ["put_in_order"]


def put_in_order(walk: Walk, at: Node, place: Place) -> None:
    """Puts what a line stores, or stored, where a fresh process has it."""
    table = _table(place)
    if table is None or not all(keys_are_plain([key]) or hashed_by_type(type(key)) for key in table):
        return
    keys = [key for key in _stored_keys(walk, at, place) if key in table]
    order = list(table)
    if place.key in keys and not walk.work.reordered:
        order = _between(order, keys, place.key)
    wanted = iter(keys)
    steps = in_order(table, [next(wanted) if key in keys else key for key in order])
    if steps:
        walk.batch.journal.carry_out(steps)


def _table(place: Place) -> dict[object, object] | None:
    """The dict that has a place among its keys; that of a module or class is another matter."""
    if place.item:
        return place.owner if type(place.owner) in (dict, collections.defaultdict) else None  # type: ignore[return-value]
    held = None if is_a(place.owner, ModuleType, type) else places.own_dict(place)
    return held if type(held) is dict else None


def _between(order: list[object], keys: list[object], key: object) -> list[object]:
    """Keys of a dict with one before that which a line below stores, or else behind that of a line above: keys that no
    line is known to store stay behind it."""
    at = keys.index(key)
    rest = [each for each in order if each != key]
    above = rest.index(keys[at - 1]) + 1 if at else len(rest)
    where = rest.index(keys[at + 1]) if at + 1 < len(keys) else above
    return [*rest[:where], key, *rest[where:]]


def _stored_keys(walk: Walk, at: Node, place: Place) -> list[object]:
    """The keys that lines store in the owner of a place, in the order in which they run."""
    found: list[object] = []
    for work, node in _lines(walk, at, place):
        for each in places.places_of(walk.batch.worlds, work, node):
            same = each.owner is place.owner and each.item == place.item
            if same and base_of(walk.batch, work, node, each) is MISSING:
                found.append(each.key)
        if place.item and work is walk.work:
            found += _supplied_keys(node, ast.unparse(place.store.owner))
    return list(dict.fromkeys(found))


def _lines(walk: Walk, at: Node, place: Place) -> Iterator[tuple[Work, Node]]:
    """The lines that may store in the owner of a place: of the scope of one of them, or of all modules."""
    works = walk.batch.works
    root = root_of(place.store.owner) or ""
    found = [(walk.work, node) for node in walk.work.outline.readers({root})]
    home, text = (None, "") if scope_of(at) else at_home(works, walk.work, at, place.store.owner)
    name = root_of(ast.parse(text, mode="eval").body) if home is not None and text else None
    if home is not None and name is not None:
        known = {node.line for _, node in found}
        for work, node, _ in readers_anywhere(works, home, {name}):
            if (work is not walk.work or node.line not in known) and stores(node):
                found.append((work, node))
    names = {work.tracked.name for work, _ in found}
    ranks = load_order(works, names) if len(names) > 1 else {}
    for work, node in sorted(found, key=lambda each: (ranks.get(each[0].tracked.name, 0), each[1].line)):
        liveness = walk.liveness if work is walk.work else derivation_of(walk.batch).walk(work).liveness
        if scope_of(node) == scope_of(at) and not node.name and liveness(node) == "live":
            yield work, node


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
