"""Places as they are at a line: what lines below store in them is not there yet.

D = {}
KEYS = list(D)                     # this line changed: `D` is empty here
D["a"] = 1
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator

from reloadr._core import Node, commit
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.reach import reachable
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world
from reloadr.engine.follow.bases import UNKNOWN, base_of, living_function
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.stored import binders
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a
from reloadr.live.locate import mro
from reloadr.source.filling import root_of
from reloadr.source.stores import stored_alone, stores
from reloadr.stage.stage import Stage
from reloadr.stage.steps import DICT, MISSING, Step


@contextlib.contextmanager
def as_of(batch: Batch, work: Work, node: Node) -> Iterator[None]:
    """Shows a statement the places that it reads as a fresh process would have them at its line; only while it runs.

    CONF = {"size": 1}
    LIMIT = CONF["size"]               # edited: must not see the 2
    CONF["size"] = 2
    """
    found = [] if node.scopes else list(_below(batch, work, node))
    if not found:
        yield
        return
    orders = {id(place.owner): place.owner for place, _ in found if place.item}
    kept = {key: list(owner) for key, owner in orders.items() if is_a(owner, dict)}
    items = [(place, places.held(batch.worlds, place), value) for place, value in found if not places.has_step(place)]
    back = commit([places.step(place, value) for place, value in found if places.has_step(place)], MISSING)
    for place, _, value in items:
        places.put_directly(place, value)
    try:
        yield
    finally:
        commit(back, MISSING)
        for place, value, _ in items:
            places.put_directly(place, value)
        steps = [step for key, order in kept.items() for step in in_order(orders[key], order)]
        commit(steps, MISSING)


def in_order(owner: object, order: list[object]) -> list[Step]:
    """The steps that bring the keys of a dict into an order; those that are not in it come last."""
    assert is_a(owner, dict)
    there = list(owner)
    wanted = [key for key in order if key in owner]
    first = next((at for at, (a, b) in enumerate(zip(there, wanted, strict=False)) if a is not b), len(wanted))
    if first == len(wanted):
        return []
    moved = wanted[first:] + [key for key in there[first:] if not any(key is other for other in wanted)]
    # The last one goes first: taken back, they come in the order that they had.
    gone: list[Step] = [(DICT, owner, key, MISSING) for key in reversed(there[first:])]
    return gone + [(DICT, owner, key, owner[key]) for key in moved]


def _below(batch: Batch, work: Work, node: Node) -> Iterator[tuple[Place, object]]:
    """The places that lines below store in, and that a statement may read, with what they hold at its line."""
    liveness = derivation_of(batch).walk(work).liveness
    names, alone = set(node.reads), stored_alone(node)
    if "(" in node.source:
        reached = _through_calls(batch.works, batch.stage, work, node)
        names |= reached
        alone = None if (root_of(stores(node)[0].owner) if alone else "") in reached else alone
    if alone and [type(place.owner) for place in places.places_of(batch.worlds, work, node)] != [dict]:
        alone = None
    # What an instance does not have, its class has.
    # By identity: a metaclass may say what its classes are equal to, or that they have no hash.
    values = [work.space.get(name) for name in names & work.tracked.namespace.keys()]
    kinds = {id(type(value)): type(value) for value in values}
    names |= {base.__name__ for kind in kinds.values() for base in mro(kind) if base.__module__ == work.tracked.name}
    seen: list[Place] = []
    for each in work.outline.readers(names):
        if each.line <= node.line or each.scopes or not stores(each) or liveness(each) != "live":
            continue
        if alone and stored_alone(each) == alone:
            # To store in a dict reads nothing of it.
            continue
        for place in places.places_of(batch.worlds, work, each):
            if not any(place.same(other) for other in seen):
                seen.append(place)
                value = _at(batch, liveness, place, node)
                if value is not UNKNOWN:
                    yield place, value


def _through_calls(works: Works, stage: Stage, work: Work, node: Node) -> set[str]:
    """The names that code comes to which a statement calls, and those that it reads itself, but what it stores one
    item in."""
    code: ast.Module | None = None
    if stored_alone(node):
        parts = [each for store in stores(node) for each in (store.key, store.value) if isinstance(each, ast.expr)]
        code = ast.fix_missing_locations(ast.Module([ast.Expr(each) for each in parts], []))
    try:
        compiled = compile(code or node.segment.strip(), work.tracked.filename, "exec", dont_inherit=True)
    except (SyntaxError, RecursionError):
        return set()
    return reachable(works, stage, compiled, work.tracked.namespace)


def _at(batch: Batch, liveness: Liveness, place: Place, node: Node) -> object:
    """What a place holds at a line, if it now holds what the last line that stores there puts in it."""
    work = liveness.work
    lines = binders(batch.worlds, liveness, place, node)
    now = places.held(batch.worlds, place)
    if not (places.has_step(place) or type(place.owner) is list) or now is MISSING or not lines:
        return UNKNOWN
    ran = batch.agenda.has_run(work.tracked, lines[-1])
    if not ran and not same_value(now, _given(batch.worlds, work, lines[-1], place)):
        return UNKNOWN
    above = [each for each in lines if each.line < node.line]
    if above:
        return _given(batch.worlds, work, above[-1], place)
    space = places.space_of(batch.works, batch.stage, place)
    if space is None:
        return base_of(batch, work, node, place)
    own = is_a(space.owner, type) and str(place.key) not in space.stage and not _binds(batch.works, place)
    return MISSING if own else living_function(batch.works, place)


def _binds(works: Works, place: Place) -> bool:
    """Whether a class itself binds what a place is named for."""
    return any(
        work.outline.binders({str(place.key)}, getattr(place.owner, "__qualname__", ""))
        for work in works.by_name.values()
    )


def _given(worlds: Worlds, work: Work, node: Node, place: Place) -> object:
    """What a statement puts into a place; unknown where it may not be evaluated."""
    world = new_world(worlds, work, node)
    for each in places.places_of(worlds, work, node):
        value = each.store.value
        if each.same(place) and value is not None and is_pure(worlds.works, value, world):
            found = evaluate(value, world, work.tracked.filename)
            return UNKNOWN if found is MISSING else found
    return UNKNOWN
