"""What a statement writes in containers beside what it binds, under the journal: an edit taken back leaves none of it.

fill(ROUTES)                       # new: `undo()` takes out of `ROUTES` what the call put in
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import CodeType

from reloadr._core import Node, commit, facts
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.evaluate.places import places_of
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.evaluate.worlds import body_is_pure, is_pure, new_world, node_is_pure, statements_are_pure
from reloadr.engine.memory import Within
from reloadr.engine.registrations.known import may_register
from reloadr.engine.registrations.reach import Reach
from reloadr.engine.registrations.recording import Recording, take_back
from reloadr.engine.registrations.roots import roots_of
from reloadr.judge.same import COMMON
from reloadr.live import locate
from reloadr.live.codes import all_codes, calls_something, run_at_once, stored_attributes, stored_globals
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.stores import stores, stores_otherwise
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING, TYPE


@contextmanager
def journalled(batch: Batch, work: Work, node: Node, code: CodeType) -> Iterator[None]:
    """Around the run of a statement: what changed in the containers that its code can reach is taken back with the
    batch, and when it raises."""
    may_do_more = _may_do_more(batch.worlds, work, node, code)
    recording = _recording(batch.worlds, work, node, code) if may_do_more else None
    if may_do_more:
        batch.unsure.append((work, node))
    known = _called(batch.works, batch.stage, work, code) if may_do_more else []
    was = _stored(batch.works, known)
    counted = list(_of_classes(known))
    try:
        yield
    finally:
        changed = recording.changed() if recording is not None else []
        anew = _bound_anew(was)
        if may_do_more and not changed and not anew:
            batch.beyond.append((work, node))
        batch.regrown(batch, work, node, changed, anew)
        for cls, name, value in counted:
            if (now := locate.class_dict(cls).get(name, MISSING)) is not value:
                batch.journal.on_undo.append(partial(_give_back, cls, name, value, now))
        for growth in changed:
            batch.journal.on_undo.append(partial(take_back, growth.place, growth.before, growth.after))


def _called(works: Works, stage: Stage, work: Work, code: CodeType) -> list[Within]:
    """The functions that code may call, with their globals."""
    return called_by(works, stage, code, work.tracked.namespace).functions


@contextmanager
def binding(batch: Batch, work: Work, node: Node, called: str) -> Iterator[None]:
    """Around a call of decorators: who reads a name that they bind by `global` is due. `called`: what is called."""
    code = compile(called, work.tracked.filename, "exec", dont_inherit=True)
    was = _stored(batch.works, _called(batch.works, batch.stage, work, code))
    yield
    if anew := _bound_anew(was):
        batch.regrown(batch, work, node, (), anew)


#: Names of modules, with what they meant.
_Bound = dict[tuple[Tracked, str], object]


def _stored(works: Works, known: list[Within]) -> _Bound:
    """The names of modules that their functions bind by `global` when code calls them.

    A = count()                        # new: reads of `COUNT` below it are due
    """
    found: _Bound = {}
    for function, space in known:
        tracked = works.namespaces.get(id(space))
        if tracked is not None:
            names = {name for each in all_codes(function) for name in stored_globals(each)}
            found |= {(tracked, name): space.get(name, MISSING) for name in names}
    return found


def _bound_anew(was: _Bound) -> list[tuple[Tracked, str]]:
    return [each for each, value in was.items() if each[0].namespace.get(each[1], MISSING) is not value]


def _of_classes(known: list[Within]) -> Iterator[tuple[type, str, object]]:
    """The attributes of classes that such functions may set, and what they are: `C.count += 1` in `__init__`."""
    stored: dict[int, tuple[Mapping[str, object], set[str]]] = {}
    for function, space in known:
        names = {name for each in all_codes(function) for name in stored_attributes(each)}
        stored.setdefault(id(space), (space, set()))[1].update(names)
    for space, names in stored.values():
        for cls in [value for value in list(space.values()) if is_a(value, type)] if names else ():
            held = locate.class_dict(cls)
            for name in names & held.keys():
                if is_a(held[name], *COMMON):
                    yield cls, name, held[name]


def _give_back(cls: type, name: str, before: object, after: object) -> None:
    """A class has what it had before, unless somebody else has set it since."""
    if locate.class_dict(cls).get(name, MISSING) is after:
        commit([(TYPE, cls, name, before)], MISSING)


def _may_do_more(worlds: Worlds, work: Work, node: Node, code: CodeType) -> bool:
    """Whether code may do anything but bind names."""
    if not any(calls_something(each) for each in run_at_once(code)):
        return False
    if _only_stores(worlds, work, node):
        return False
    if node.kind != "assignment" or worlds.find_space(work, node) is None:
        return True
    return not node_is_pure(worlds, work, node)


def _only_stores(worlds: Worlds, work: Work, node: Node) -> bool:
    """Whether a call does no more than store in a dict what can be evaluated unseen: `D.update(a=1)`."""
    found = stores(node) if node.kind == "statement" else []
    if not found or len(places_of(worlds, work, node)) != len(found):
        return False
    world = new_world(worlds, work, node)
    return all(store.value is not None and is_pure(worlds.works, store.value, world) for store in found)


def _recording(worlds: Worlds, work: Work, node: Node, code: CodeType) -> Recording | None:
    names = {name for each in all_codes(code) for name in each.co_names}
    roots = roots_of(worlds, work, node, {*node.reads, *names})
    return Recording(Reach(roots.items())) if roots else None


def beyond(batch: Batch) -> Iterator[tuple[Work, Node]]:
    """What ran and may have done more than is taken back with the batch."""
    for work, node in batch.unsure:
        if node.kind in ("import", "from") or not _only_computes(batch.worlds, work, node):
            yield work, node


def left(batch: Batch) -> Iterator[tuple[Work, Node]]:
    """What ran and did something that the journal has not seen: `undo` leaves it.

    signal.signal(signal.SIGHUP, stop)
    """
    for work, node in batch.beyond:
        if node.kind == "assignment" and not (stores(node) or stores_otherwise(node)):
            # What it binds goes.
            continue
        if node.kind not in ("assignment", "statement") or facts(node).plain or places_of(batch.worlds, work, node):
            continue
        if batch.worlds.find_space(work, node) is None or not node_is_pure(batch.worlds, work, node):
            yield work, node


def _only_computes(worlds: Worlds, work: Work, node: Node) -> bool:
    if worlds.find_space(work, node) is None:
        return False
    if not node.name:
        return statements_are_pure(worlds, work, [node])
    if may_register(work, node):
        return False
    # Its body runs when it is called; that of a class runs now.
    (definition,) = ast.parse(textwrap.dedent(node.segment)).body
    if isinstance(definition, ast.ClassDef):
        kept = [each for each in definition.body if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return not definition.keywords and body_is_pure(worlds, work, node, [*kept, ast.Pass()])
    assert isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef))
    given = [*definition.args.defaults, *(each for each in definition.args.kw_defaults if each)]
    return body_is_pure(worlds, work, node, [ast.Pass(), *map(ast.Expr, given)])


__all__ = ["beyond", "binding", "journalled", "left"]
