"""Places as they are at a line: what lines below store in them is not there yet.

D = {}
KEYS = list(D)                     # this line changed: `D` is empty here
D["a"] = 1
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType

from reloadr._core import Node, commit
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.reach import reachable
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world
from reloadr.engine.follow.bases import UNKNOWN, base_of, bound_by_itself
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.filled_below import without_later
from reloadr.engine.follow.sequence import loaded_before
from reloadr.engine.follow.stored import binders_anywhere, builds_on, names_anywhere, put
from reloadr.engine.order import load_order
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.locate import mro
from reloadr.source.filling import root_of
from reloadr.source.statements import parse_expression, written
from reloadr.source.stores import stored_alone, stores
from reloadr.stage.orders import in_order, put_back
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING


@contextlib.contextmanager
def as_of(batch: Batch, work: Work, node: Node, *, runs: bool = False) -> Iterator[None]:
    """Shows a statement the places that it reads as a fresh process would have them at its line; only while it runs.
    `runs`: it stores in its own by itself.

    CONF = {"size": 1}
    LIMIT = CONF["size"]               # edited: must not see the 2
    CONF["size"] = 2
    """
    found = [] if node.scopes else list(_below(batch, work, node))
    own = list(_own(batch, work, node, old=False)) if runs and not node.scopes else []
    with without_later(batch, work, node, runs=runs), _shown(batch, found), _shown(batch, own, stored=True):
        yield


def put_at(batch: Batch, work: Work, node: Node, place: Place) -> object:
    """What a statement of the old source put into a place; MISSING where that is not known.

    D["b"] = size(5)                   # `size` asks `len(D)`: `b` was not there yet
    """
    with _shown(batch, [] if node.scopes else list(_own(batch, work, node, old=True))):
        return put(batch.worlds, work, node, place)


@contextlib.contextmanager
def _shown(batch: Batch, found: list[tuple[Place, object]], *, stored: bool = False) -> Iterator[None]:
    """Shows places with other values for a while. `stored`: what is stored in them meanwhile stays."""
    if not found:
        yield
        return
    owners = [place.owner if place.item else places.own_dict(place) for place, _ in found]
    kept = [(owner, list(owner)) for owner in {id(each): each for each in owners}.values() if is_a(owner, dict)]
    classes = {id(place.owner): place.owner for place, _ in found if is_a(place.owner, type) and not place.item}
    members = [(cls, list(locate.class_dict(cls))) for cls in classes.values()]
    items = [(place, places.held(batch.worlds, place), value) for place, value in found if not places.has_step(place)]
    back = commit([places.step(place, value) for place, value in found if places.has_step(place)], MISSING)
    for place, _, value in items:
        places.put_directly(place, value)
    done = False
    try:
        yield
        done = stored
    finally:
        for place, value, _ in () if done else items:
            places.put_directly(place, value)
        commit([] if done else back, MISSING)
        commit([step for owner, order in kept for step in in_order(owner, order)], MISSING)
        for cls, names in members:
            put_back(cls, names)


def _below(batch: Batch, work: Work, node: Node) -> Iterator[tuple[Place, object]]:
    """The places that lines below store in, and that a statement may read, with what they hold at its line."""
    liveness = derivation_of(batch).walk(work).liveness
    names, alone = set(node.reads), stored_alone(node)
    if "(" in node.source:
        reached = _through_calls(batch.works, batch.stage, work, node)
        names |= reached
        alone = None if (root_of(stores(node)[0].owner) if alone else "") in reached else alone
    if alone and not places.places_of(batch.worlds, work, node):
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
            # To store in a plain place reads nothing of its owner.
            continue
        for place in places.places_of(batch.worlds, work, each):
            if not any(place.same(other) for other in seen):
                seen.append(place)
                value = _at(batch, liveness, place, node)
                if value is not UNKNOWN:
                    yield place, value
    yield from _below_elsewhere(batch, work, node, names, seen)


def _below_elsewhere(
    batch: Batch, work: Work, node: Node, names: set[str], seen: list[Place]
) -> Iterator[tuple[Place, object]]:
    """The same of dicts, and of what the program has attributes of, that modules store in which are loaded later."""
    liveness = derivation_of(batch).walk(work).liveness
    for owner, text in _owners(batch.works, work, names):
        item, tree = is_a(owner, dict), parse_expression(text)
        if tree is None:
            continue
        for tracked, called in names_anywhere(batch.works, owner).items():
            other = batch.works.of(tracked)
            for each in _storing(batch, other, called) if other is not work else ():
                if not loaded_before(batch.works, work, other, each):
                    continue
                for place in places.places_of(batch.worlds, other, each):
                    if place.owner is owner and place.item == item and not any(place.same(known) for known in seen):
                        seen.append(place)
                        here = Place(owner, place.key, item, dataclasses.replace(place.store, owner=tree))
                        value = _at(batch, liveness, here, node)
                        if value is not UNKNOWN:
                            yield place, value


def _owners(works: Works, work: Work, names: set[str]) -> Iterator[tuple[object, str]]:
    """What may be stored in of what some names mean, each with how it is written: the classes of instances as well."""
    for name in names:
        owner = _meant(work, name)
        if is_a(owner, dict):
            yield owner, name
        elif _is_of_program(works, owner):
            yield owner, name
            if not is_a(owner, type, FunctionType, ModuleType):
                kinds = [(cls, f"{name}.__class__.__mro__[{at}]") for at, cls in enumerate(mro(type(owner)))]
                yield from (each for each in kinds if _is_of_program(works, each[0]))


def _storing(batch: Batch, work: Work, called: set[str]) -> list[Node]:
    """The lines of a module that read one of some names and store something somewhere."""
    known, key = derivation_of(batch).storing, (work.tracked.name, frozenset(called))
    if key not in known:
        known[key] = [each for each in work.outline.readers(called) if not each.scopes and stores(each)]
    return known[key]


def _is_of_program(works: Works, owner: object) -> bool:
    """Whether it is a watched module, or a class or function of one, or an instance of such a class."""
    if is_a(owner, FunctionType):
        return id(owner.__globals__) in works.namespaces
    if is_a(owner, ModuleType):
        return id(owner) in works.listed.by_module
    cls = owner if is_a(owner, type) else type(owner)
    return str(locate.class_dict(cls).get("__module__")) in works.listed.by_name


def _meant(work: Work, name: str) -> object:
    """What a name means, or an attribute of a module."""
    head, _, rest = name.partition(".")
    value = work.space.get(head)
    return value.__dict__.get(rest, MISSING) if rest and is_a(value, ModuleType) else MISSING if rest else value


def _through_calls(works: Works, stage: Stage, work: Work, node: Node) -> set[str]:
    """The names that code comes to which a statement calls, and those that it reads itself, but what it stores one
    item in; with the other names of what they mean: `E = D`."""
    code: ast.Module | None = None
    if stored_alone(node):
        parts = [each for store in stores(node) for each in (store.key, store.value) if isinstance(each, ast.expr)]
        code = ast.fix_missing_locations(ast.Module([ast.Expr(each) for each in parts], []))
    try:
        compiled = compile(code or node.segment.strip(), work.tracked.filename, "exec", dont_inherit=True)
    except (SyntaxError, RecursionError):
        return set()
    names = work.tracked.namespace
    reached = reachable(works, stage, compiled, names)
    owners = {id(value) for name in reached if _may_own(value := names.get(name))}
    return reached | {name for name, value in list(names.items()) if id(value) in owners} if owners else reached


def _may_own(value: object) -> bool:
    """Whether lines may store in something that has several names; one value of a plain type may stand for many."""
    return not is_a(value, int, str, float, type(None), FunctionType, BuiltinFunctionType, ModuleType)


def _own(batch: Batch, work: Work, node: Node, *, old: bool) -> Iterator[tuple[Place, object]]:
    """The places that a statement stores in, as they were before it, where what it calls may read their owners."""
    found = stores(node) if "(" in node.source else []
    if not found:
        return
    owners = {word for store in found for word in written(store.owner).replace("[", ".").split(".")}
    if stored_alone(node) and owners.isdisjoint(_through_calls(batch.works, batch.stage, work, node)):
        return
    liveness = derivation_of(batch).walk(work).liveness
    for place in places.places_of(batch.worlds, work, node, old=old):
        if not builds_on(place) and places.held(batch.worlds, place) is not MISSING:
            value = _above(batch, liveness, place, node, _lines(batch, work, node, place))
            if value is not UNKNOWN:
                yield place, value


def _at(batch: Batch, liveness: Liveness, place: Place, node: Node) -> object:
    """What a place holds at a line, if it now holds what the last line that stores there puts in it."""
    work = liveness.work
    lines = _lines(batch, work, node, place)
    now = places.held(batch.worlds, place)
    if not (places.has_step(place) or type(place.owner) is list) or now is MISSING or not lines:
        return UNKNOWN
    other, last = lines[-1]
    ran = batch.agenda.has_run(other.tracked, last)
    if not ran and not same_value(now, _given(batch.worlds, other, last, place)):
        if not _put_by_earlier_form(batch.worlds, other, last, place, now):
            return UNKNOWN
    return _above(batch, liveness, place, node, lines)


def _lines(batch: Batch, work: Work, node: Node, place: Place) -> list[tuple[Work, Node]]:
    """The lines that store in a place, in the order in which they run."""
    return binders_anywhere(batch.worlds, lambda each: derivation_of(batch).walk(each).liveness, work, node, place)


def _put_by_earlier_form(worlds: Worlds, work: Work, node: Node, place: Place, now: object) -> bool:
    """Whether a place holds what the line that became another one had put there.

    class Box: ...                     # was `Thing`
    _go = Box.go                       # must not see the `go` of the line below
    Box.go = go                        # was `Thing.go = go`
    """
    for edit in work.edits:
        if edit.action == "changed" and edit.new == node and edit.old is not None:
            found = places.places_of(worlds, work, edit.old, old=True)
            return any(each.same(place) and same_value(now, put(worlds, work, edit.old, each)) for each in found)
    return False


def _above(batch: Batch, liveness: Liveness, place: Place, node: Node, lines: list[tuple[Work, Node]]) -> object:
    """What the lines above one leave in a place, of all that store there."""
    work = liveness.work
    above = [at for at, (other, each) in enumerate(lines) if other is work and each.line < node.line]
    others = [other for other, _ in lines if other is not work]
    ranks = load_order(batch.works, {each.tracked.name for each in (work, *others)}) if others else {}
    before = ranks.get(work.tracked.name, 0)
    above += [at for at, (other, _) in enumerate(lines) if other is not work and ranks[other.tracked.name] < before]
    if above:
        return _given(batch.worlds, *lines[max(above)], place)
    space = places.space_of(batch.works, batch.stage, place)
    if space is None:
        return base_of(batch, work, node, place)
    own = is_a(space.owner, type) and str(place.key) not in space.stage and not _binds(batch.works, place)
    return MISSING if own else bound_by_itself(batch.worlds, place)


def _binds(works: Works, place: Place) -> bool:
    """Whether a class itself binds what a place is named for."""
    scope = getattr(place.owner, "__qualname__", "")
    outlines = [work.outline if work.outline.find(scope) else work.tracked.outline for work in works.by_name.values()]
    return any(outline.binders({str(place.key)}, scope) for outline in outlines)


def _given(worlds: Worlds, work: Work, node: Node, place: Place) -> object:
    """What a statement puts into a place; unknown where it may not be evaluated."""
    world = new_world(worlds, work, node)
    for each in places.places_of(worlds, work, node):
        value = each.store.value
        if each.same(place) and value is not None and is_pure(worlds.works, value, world):
            found = evaluate(value, world, work.tracked.filename)
            return UNKNOWN if found is MISSING else found
    return UNKNOWN
