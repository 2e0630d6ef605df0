"""Runs a statement or definition of the new source; what it binds goes to the stage."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import CellType, CodeType, FunctionType
from typing import Any

from reloadr._core import Node, facts
from reloadr.engine.batch import Batch, Swaps, Work, Works, Worlds
from reloadr.engine.evaluate.failures import compiled, failure
from reloadr.engine.evaluate.going_on import given_above
from reloadr.engine.evaluate.imports import imported, own_submodules
from reloadr.engine.evaluate.reach import needs_new_world, reachable
from reloadr.engine.evaluate.worlds import names_below
from reloadr.live import locate
from reloadr.live.codes import all_codes, calls_something, inner_codes, runs_apart
from reloadr.live.kinds import is_a
from reloadr.live.module import function_codes
from reloadr.report.findings import Rejected
from reloadr.source import asking
from reloadr.source.compiling import ANNOTATION_NAMES, DEFERRED, annotations_of
from reloadr.source.outlines import unit_of
from reloadr.source.snippets import REACHED
from reloadr.source.statements import parse_statements
from reloadr.stage.spaces import Recorder, Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING


class Open(dict[str, object]):
    """A module's namespace in which each assignment is live at once, under the journal.

    Functions that a block calls read the module's globals, so they must find there what the block has bound so far.
    Marks of definitions that were left out (`REACHED`) stay in `stored` and never reach the module.
    """

    def __init__(self, worlds: Worlds, space: Space) -> None:
        super().__init__()
        self._worlds = worlds
        self._space = space
        self.stored: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        return self._space.live[name]

    def __contains__(self, name: object) -> bool:
        return name in self._space.live

    def __setitem__(self, name: str, value: object) -> None:
        self.stored[name] = value
        if not name.startswith(REACHED):
            self._worlds.stage.set(self._space, name, value)
            self._worlds.flush()

    def __delitem__(self, name: str) -> None:
        if name not in self._space.live:
            raise KeyError(name)
        self[name] = MISSING

    def update(self, *more: Any, **names: object) -> None:
        for name, value in dict(*more, **names).items():
            self[name] = value


def run(batch: Batch, work: Work, node: Node, *, source: str | None = None, record: bool = True) -> dict[str, object]:
    """Runs a node of the new source in its namespace; what it binds is staged and returned. `record`: that is all of
    it, or all but its definitions."""
    tracked = work.tracked
    if node.kind in ("import", "from") and source is None:
        bound = imported(batch, work, node)
        space = batch.worlds.space_of(work, node)
    else:
        unit = unit_of(node)
        if source is not None:
            unit = unit._replace(source=source)
        code = compiled(work, node, unit)
        space = batch.worlds.space_of(work, node)
        if needs_new_world(batch.works, batch.stage, work, code, in_class=is_a(space.owner, type)):
            batch.flush()
        if "[" in node.source:
            forget_type_expressions()
        if is_a(space.owner, type):
            bound = run_in_class(batch, work, node, code, space)
        else:
            bound = run_in_module(batch, work, node, code, space)
            if node.branches and "__path__" in work.tracked.namespace:
                bound |= {name: each for name, each in own_submodules(batch, work, node).items() if name in bound}
        if record:
            # A single statement's part of its scope's annotations is no part of the scope's own function.
            own = annotations_of(code)
            codes = _one_code(batch.swaps, bound, (each for each in function_codes(code) if each is not own))
            if tracked.knows_code:
                batch.journal.afterwards.append(lambda: batch.learn(tracked, codes))
    for name, value in bound.items():
        batch.stage.set(space, name, value)
    if record:
        batch.agenda.note_run(tracked, node)
    return bound


def _one_code(swaps: Swaps, bound: Mapping[str, object], codes: Iterable[CodeType]) -> list[CodeType]:
    """Gives functions that were made once more a copy of the swapped code object; returns the code that runs now.

    So a function and the one that it replaces can be told apart, and the earlier one is not patched again at the next
    reload. The inner code objects stay shared: by them living closures are found.
    """
    # Another name of one that lives made none: `run = app.run`.
    living = {id(found.function) for swap in swaps for found in swap.living}
    functions = [found.function for value in bound.values() for found in locate.unwrap(value)]
    functions = [function for function in functions if id(function) not in living]
    codes = list(codes)
    # Equal ones are looked for by name: to hash code is to look through all of it.
    names = {code.co_qualname for code in [*codes, *(function.__code__ for function in functions)]}
    swapped = [(swap.new, swap.new.replace()) for swap in swaps if swap.new.co_qualname in names] if names else []

    def copied(code: CodeType) -> CodeType:
        return next((copy for new, copy in swapped if new == code), code)

    for function in functions if swapped else ():
        function.__code__ = copied(function.__code__)
    return [copied(code) for code in codes]


def run_in_module(batch: Batch, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
    if node.branches and _reads_own(batch.works, batch.stage, work, code):
        return _run_in_the_open(batch, work, node, code, space)
    about = _about_itself(work, node, code)
    if about or any(space.stage.get(name) is MISSING for name in code.co_names):
        batch.flush()
    above = given_above(batch.works, batch.stage, work, node)
    known = {**space.stage, **about, **above}
    local: dict[str, object] = {name: value for name, value in known.items() if value is not MISSING}
    annotations = "__annotations__" in code.co_names and "__annotations__" not in local
    live_annotations = space.live.get("__annotations__")
    if annotations and is_a(live_annotations, dict):
        local["__annotations__"] = dict(live_annotations)
    deletes = [name for name in node.binds if name not in local and name in space.live]
    if node.source.startswith("del "):
        local.update({name: space.live[name] for name in deletes})
    world: Recorder | None = None
    if "globals" in code.co_names and "globals" not in local and facts(node).only_writes_globals:
        # What it stores there is staged like what it binds.
        world = Recorder({name: value for name, value in {**space.live, **known}.items() if value is not MISSING})
        local["globals"] = lambda: world
    try:
        with batch.around(batch, work, node, code):
            exec(code, globals_for(work, code), local)
    except (KeyboardInterrupt, Rejected):
        raise
    except BaseException as error:
        raise failure(batch.swaps, batch.noted, work, node, error) from error
    if world is not None:
        del local["globals"]
        local |= {name: value for name, value in world.stored.items() if name not in local}
        batch.noted.by_globals.update((work.tracked.name, name) for name in world.stored)
    bound = {name: each for name, each in local.items() if name in above or known.get(name, known) is not each}
    _drop_annotations(node, bound)
    if node.source.startswith("del "):
        bound = {name: MISSING for name in deletes if name not in local}
    return bound


def _about_itself(work: Work, node: Node, code: CodeType) -> dict[str, object]:
    """What a line of a module calls that asks for the names around it: it stands in the module, not beside it.

    HAS = "g" in vars()
    """
    held: dict[str, Callable[..., object]] = {"vars": vars, "dir": dir, "locals": locals}
    namespace = work.tracked.namespace
    tree = parse_statements(node.segment) if asking.NAMESPACE & set(code.co_names) else None
    if tree is not None and not node.branches and asking.only_lists_names(tree):
        # It meets those of the lines above.
        held["globals"] = globals
        below = names_below(work, node)
        names = {**namespace, **work.space.stage}
        namespace = {name: each for name, each in names.items() if name not in below and each is not MISSING}
    return {
        name: partial(_ask, function, namespace)
        for name, function in held.items()
        if name in code.co_names and name not in work.tracked.namespace and name not in work.space.stage
    }


def _ask(function: Callable[..., object], namespace: dict[str, object], *given: object) -> object:
    if given:
        return function(*given)
    return sorted(namespace) if function is dir else namespace


def _reads_own(works: Works, stage: Stage, work: Work, code: CodeType) -> bool:
    """Whether functions that run while a block does may read what it binds: they look in the module's globals."""

    if not calls_something(code):
        return False
    stored = {each.argval for each in dis.get_instructions(code) if each.opname == "STORE_NAME"}
    stored = {name for name in stored if not name.startswith(REACHED)}
    inner = inner_codes(code)
    for name in code.co_names if stored else ():
        for found in locate.unwrap(work.space.get(name)):
            inner.append(found.function.__code__)
    return any(not stored.isdisjoint(reachable(works, stage, each, work.tracked.namespace)) for each in inner)


def _run_in_the_open(batch: Batch, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
    """Runs a block in the live namespace; an exception takes back what it bound there."""
    batch.flush()
    point, live = len(batch.journal.commits), Open(batch.worlds, space)
    before = set(space.live)
    namespace = work.tracked.namespace
    if "globals" in code.co_names and "globals" not in namespace and facts(node).only_writes_globals:
        namespace = {**namespace, "globals": lambda: live} if runs_apart(code) else namespace
    try:
        with batch.around(batch, work, node, code):
            exec(code, namespace, live)
    except BaseException as error:
        batch.journal.back_to(point)
        if isinstance(error, (KeyboardInterrupt, Rejected)):
            raise
        raise failure(batch.swaps, batch.noted, work, node, error) from error
    return {name: value for name, value in live.stored.items() if value is not MISSING or name in before}


def run_in_class(batch: Batch, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
    cls = space.owner
    assert is_a(cls, type)
    below = _bound_below(node)
    seen = {
        name: value
        for name, value in {**space.live, **space.stage}.items()
        if value is not MISSING and name not in below
    }
    annotations = seen.get("__annotations__")
    if is_a(annotations, dict):
        seen["__annotations__"] = dict(annotations)
    record = Recorder(seen)
    try:
        with batch.around(batch, work, node, code):
            exec(code, globals_for(work, code), record, closure=class_cells(code, cls))
    except (KeyboardInterrupt, Rejected):
        raise
    except BaseException as error:
        raise failure(batch.swaps, batch.noted, work, node, error) from error
    bound = record.stored
    cell = bound.pop("__classcell__", None)
    if is_a(cell, CellType):
        cell.cell_contents = cls
    cell = bound.pop("__classdictcell__", None)
    if is_a(cell, CellType):
        # What is evaluated later sees the class as it is by then.
        cell.cell_contents = locate.own_dict(cls)
    for name in ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__type_params__"):
        bound.pop(name, None)
    _drop_annotations(node, bound)
    if is_a(annotations, dict) and "__annotations__" in record:
        after = record["__annotations__"]
        # By identity: equal type expressions may be written differently.
        before = list(map(id, annotations.values()))
        if not is_a(after, dict) or [*annotations] != [*after] or before != list(map(id, after.values())):
            bound["__annotations__"] = after
    return bound


def _drop_annotations(node: Node, bound: dict[str, object]) -> None:
    """Forgets the function that a single statement makes for its own annotation: the one of the whole scope is made
    when all statements are through."""
    for name in ANNOTATION_NAMES if DEFERRED else ():
        if name not in node.binds:
            bound.pop(name, None)


def class_cells(code: CodeType, cls: type) -> tuple[CellType, ...] | None:
    """Cells for the free variables that a class body's code can have."""
    if not code.co_freevars:
        return None
    params = getattr(cls, "__type_params__", ())
    known: dict[str, object] = {param.__name__: param for param in params}
    known[".type_params"] = params
    known["__class__"] = cls
    return tuple(CellType(known[name]) if name in known else CellType() for name in code.co_freevars)


def globals_for(work: Work, code: CodeType) -> dict[str, object]:
    """What code of a module runs in: the module's namespace, or a copy of it with what is staged."""
    live = work.tracked.namespace
    stage = work.space.stage
    if not stage or all(stage.keys().isdisjoint(each.co_names) for each in all_codes(code)):
        return live
    if not runs_apart(code):
        return live
    return {name: value for name, value in {**live, **stage}.items() if value is not MISSING}


def _bound_below(node: Node) -> set[str]:
    """Names that a class's body binds, or only annotates, no sooner than at this member, which does not see them."""
    above: set[str] = set()
    here: set[str] = set()
    members = node.scopes[-1].members
    # Several may stand on one line.
    at = members.index(node) if node in members else 0
    for index, member in enumerate(members):
        names = {locate.bound_name(member)} if member.name else set(member.binds)
        if member.line < node.line or index < at:
            above |= names
        elif names or member.annotates:
            here |= names | {member.annotates or ""}
        if member.annotates and member.line < node.line and member.annotates not in member.binds:
            # What generates the class makes something of it afterwards.
            here.add(member.annotates)
    return here - above


def template(batch: Batch, work: Work, old: Node | None, new: Node) -> FunctionType:
    """A function of the new definition, made without its decorators: the source of changed defaults,
    annotations and type parameters. What did not change is not evaluated."""
    key = (work.tracked.name, new.line)
    made = batch.templates.get(key)
    if made is not None:
        return made
    source = new.header_only(old)
    unit = unit_of(new)._replace(source=source, line=new.line + new.segment.count("\n") - source.count("\n"))
    code = compiled(work, new, unit)
    space = batch.worlds.space_of(work, new)
    in_class = is_a(space.owner, type)
    if needs_new_world(batch.works, batch.stage, work, code, in_class=in_class):
        batch.flush()
    bound = (run_in_class if in_class else run_in_module)(batch, work, new, code, space)
    function = bound[locate.bound_name(new)]
    assert is_a(function, FunctionType)
    batch.templates[key] = function
    return function


def forget_type_expressions() -> None:
    """`typing` caches subscriptions by equality, and would give the old spelling of an equal type again."""
    loaded = sys.modules.get("typing")
    for forget in list(getattr(loaded, "_cleanups", ())):
        forget()
