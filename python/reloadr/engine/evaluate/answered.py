"""Conditions that their own suite answers: asked again, they do not hold any more, though it ran.

if not hasattr(Page, "size"):      # holds no more since the line below ran
    Page.size = SIZE
if app is None:                    # likewise
    app = make()
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate import evidence, places
from reloadr.engine.evaluate.worlds import evaluate, is_pure, old_world
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.filling import filled
from reloadr.source.statements import binders_in, scope_of, value_of
from reloadr.source.stores import Store, stores
from reloadr.stage.steps import MISSING


def has_run(worlds: Worlds, work: Work, block: Node, branch: int) -> bool:
    """Whether a branch of a block of the old source evidently ran, of those that answer their own condition: what it
    stores or binds is what its line gave, or what no other line gives."""
    label, _, suite = block.branches[branch]
    asked = " ".join(header.source for _, header, _ in block.branches if header is not None)
    tries = block.kind == "try" and label == "except"
    for node in suite if tries or block.kind == "if" else ():
        if any(tries or _asks(asked, each) for each in stores(node)) and _stored(worlds, work, node):
            return True
        if node.kind == "assignment" and len(node.binds) == 1 and (tries or _asks_name(asked, node.binds[0])):
            if _bound(worlds, work, node, node.binds[0]):
                return True
        if any(_asks_name(asked, name) and _is_filled(worlds, work, node, name) for name in filled(node)):
            return True
    return False


def _is_filled(worlds: Worlds, work: Work, node: Node, name: str) -> bool:
    space = worlds.find_space(work, node, old=True)
    held = space.live.get(name) if space is not None else None
    return is_a(held, list, dict, set) and len(held) > 0


def _asks(header: str, store: Store) -> bool:
    key = store.key if isinstance(store.key, str) else _constant(store.key)
    if isinstance(store.owner, ast.Name) and _asks_name(header, store.owner.id) and "(" not in header:
        return True
    return key is not None and any(text in header for text in (repr(key), f'"{key}"', f".{key}"))


def _constant(key: ast.expr) -> object:
    return key.value if isinstance(key, ast.Constant) else None


def _asks_name(header: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", header) is not None


def _stored(worlds: Worlds, work: Work, node: Node) -> bool:
    found = places.places_of(worlds, work, node, old=True)
    return bool(found) and all(_holds(worlds, work, node, each) for each in found)


def _holds(worlds: Worlds, work: Work, node: Node, place: places.Place) -> bool:
    space = places.space_of(worlds.works, worlds.stage, place)
    held = places.held(worlds, place)
    if space is not None:
        held = worlds.stage.before.get(id(space.owner), {}).get(str(place.key), held)
    given = _given(worlds, work, node, place.store.value)
    return given is not MISSING and held is not MISSING and same_value(held, given)


def _bound(worlds: Worlds, work: Work, node: Node, name: str) -> bool:
    space = worlds.find_space(work, node, old=True)
    if space is None or worlds.find_space(work, node) is None:
        return False
    held = worlds.stage.before.get(id(space.owner), {}).get(name, space.live.get(name, MISSING))
    if held is MISSING:
        return False
    given = _given(worlds, work, node, value_of(node))
    if given is not MISSING:
        return same_value(held, given)
    return not any(_gives(work, each, name) for each in _others(work, node, name))


def _others(work: Work, node: Node, name: str) -> Iterator[Node]:
    return (each for each in binders_in(work.tracked.outline, name, scope_of(node)) if each != node)


def _gives(work: Work, node: Node, name: str) -> bool:
    """Whether another line may have bound what a name means."""
    plain = node.kind == "assignment" and isinstance(value_of(node), ast.Constant)
    return evidence.lives(work.tracked, node, locate.bound_name(node) if node.name else name) or not plain


def _given(worlds: Worlds, work: Work, node: Node, value: ast.expr | None) -> object:
    if worlds.find_space(work, node) is None:
        return MISSING
    world = old_world(worlds, work, node)
    if value is None or not is_pure(worlds.works, value, world):
        return MISSING
    return evaluate(value, world, work.tracked.filename)


__all__ = ["has_run"]
