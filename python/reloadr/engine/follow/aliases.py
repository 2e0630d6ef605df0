"""Objects that were made anew, wherever the earlier one is held beside names: attributes, containers, closures.

app = App(debug=True)              # changed: another object
server.app                         # was set to the earlier one at run time: gets the new one, or is named

A count of references tells whether somebody holds it at all; only then the heap is searched, once for all of them.
"""

from __future__ import annotations

import ast
import gc
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from types import (
    AsyncGeneratorType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Any

from reloadr._core import Node, references, referrers
from reloadr.engine.agenda import Agenda
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.classes.forms import cells_of
from reloadr.engine.classes.held_members import replace_in
from reloadr.engine.follow.holders import (
    described,
    is_of_reloadr,
    journalled,
    our_tuples,
    owned,
    paths_to,
    within,
)
from reloadr.engine.follow.readers import home_of, watched
from reloadr.engine.registrations.places import Place
from reloadr.judge.same import COMMON, indistinguishable
from reloadr.judge.static import NOTHING, instance_namespace, static_attribute
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.origin import loaded_modules
from reloadr.report.caveats import RL234
from reloadr.report.findings import Findings
from reloadr.source.statements import below_scope, scope_of, value_of
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, MISSING

_NAMED = 5
_RUNNING = (GeneratorType, CoroutineType, AsyncGeneratorType)
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


@dataclass(eq=False)
class _Made:
    """An object that was made anew: the line, and what took its place."""

    work: Work
    node: Node
    name: str
    new: object
    #: Whether the line made it, and it is no other's: whoever holds it means what the line gives.
    certain: bool
    #: Who holds the earlier object by right: what is made of it now, and where it was registered. By id.
    rightly: set[int] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


def settle(batch: Batch) -> None:
    """Hands new objects to those who hold the earlier ones, and names whoever cannot be given them."""
    if not _made_anew(batch.worlds, batch.agenda)[0]:
        return
    # What is prepared for those who hold them is live first.
    batch.flush()
    olds, made = _made_anew(batch.worlds, batch.agenda)
    if not olds:
        return
    ours = _ours(batch.worlds, olds)
    direct, through = referrers(olds, our_tuples(batch.worlds))
    # Now: to ask an object for its attributes changes what it refers to.
    held = [(each, _wrongly(each, made)) for each in direct if id(each) not in ours and not is_of_reloadr(each)]
    wanted = _still_wanted(batch.works, batch.stage, made, held)
    if wanted:
        _settle_holders(batch.worlds, wanted, held, olds)
        _tell_tuples(batch.works, wanted, through, made)
    for each in wanted.values():
        _say(batch.findings, each)


def _settle_holders(
    worlds: Worlds, wanted: dict[int, _Made], held: list[tuple[object, set[int]]], olds: list[object]
) -> None:
    holders = [holder for holder, _ in held]
    paths = paths_to(worlds.works, {id(each) for each in holders}) if holders else {}
    owners = owned(worlds.stage, holders, paths)
    for holder, inside in held:
        if not any(holder is each for each in olds):
            path = paths.get(id(holder))
            # What of a definition cannot be come by from a name is of those who made something of it.
            mine = {key for key in inside & wanted.keys() if path is not None or not wanted[key].node.name}
            _at(worlds, wanted, holder, mine, path or owners.get(id(holder)))


def _tell_tuples(works: Works, wanted: dict[int, _Made], through: list[object], made: dict[int, _Made]) -> None:
    """Tuples cannot be given another item: those who hold one are named, where it is known which object is in it."""
    ours = journalled() if any(type(each) is partial for each in through) else set[int]()
    containers = {id(each) for each in through if is_a(each, list, dict, set)}
    paths = paths_to(works, containers) if containers else {}
    for holder in through:
        if is_of_reloadr(holder) or is_a(holder, FrameType, CodeType, type) or id(holder) in ours:
            continue
        if id(holder) in containers and id(holder) not in paths:
            # Whose it is cannot be told.
            continue
        where = paths.get(id(holder), f"an object of {type(holder).__qualname__}")
        for part in gc.get_referents(holder):
            for key in within(part, made) & wanted.keys() if type(part) is tuple else ():
                if id(holder) in wanted[key].rightly or (wanted[key].node.name and id(holder) not in containers):
                    continue
                if not is_a(holder, FunctionType) or part is not holder.__defaults__:
                    wanted[key].places.append(f"a tuple in {where}")


def _say(findings: Findings, made: _Made) -> None:
    where = below_scope(scope_of(made.node), made.name)
    tracked = made.work.tracked
    for path in made.replaced:
        findings.change("rebind", tracked, path.removeprefix(f"{tracked.name}."), made.node.line, f"the new {where}")
    if made.places:
        shown = made.places[:_NAMED]
        more = len(made.places) - len(shown)
        holders = ", ".join([*shown, *([f"{more} more"] if more else [])])
        findings.reason(RL234(name=where, holders=holders), made.work.tracked, where, made.node.line)


# ---- what was made anew ------------------------------------------------------------------------------


def _made_anew(worlds: Worlds, agenda: Agenda) -> tuple[list[object], dict[int, _Made]]:
    """The earlier objects that somebody may hold beside us and names, and what each became."""
    olds: list[object] = []
    made: dict[int, _Made] = {}
    for owner, names in list(worlds.stage.before.items()):
        space = worlds.stage.spaces[owner]
        for name in list(names):
            new = space.get(name)
            if not _may_be_held(names[name], new) or id(names[name]) in made:
                continue
            found = _line_of(worlds.works, agenda, space.owner, name)
            if found is not None and found[1].name and not _is_home_made(found[0], names[name]):
                continue
            if found is None or _has_another_name(worlds.works, names[name]):
                continue
            if references(names[name]) > _known(worlds, names[name]):
                certain = _is_certain(*found, names[name], new)
                rightly = (
                    _rightly(worlds.journal, new) if found[1].name or is_a(names[name], FunctionType) else set[int]()
                )
                made[id(names[name])] = _Made(*found, name, new, certain, rightly)
                olds.append(names[name])
    return olds, made


def _may_be_held(old: object, new: object) -> bool:
    if old is MISSING or new is MISSING or new is old:
        return False
    if is_a(old, FunctionType) and is_a(new, FunctionType) and old.__code__ is new.__code__:
        # The earlier wrapper has become what the decorators make now; what a function gave has its own variables.
        pairs = zip(old.__closure__ or (), new.__closure__ or (), strict=False)
        return not all(indistinguishable(locate.cell_content(a), locate.cell_content(b)) for a, b in pairs)
    return not is_a(old, ModuleType, MethodType, staticmethod, classmethod, property, *COMMON)


def _line_of(works: Works, agenda: Agenda, owner: object, name: str) -> tuple[Work, Node] | None:
    """The assignment that made a name's new object in this batch."""
    if is_a(owner, type):
        home, scope = home_of(works, owner), locate.qualname_of(owner)
    else:
        assert is_a(owner, dict)
        home, scope = watched(works, str(owner.get("__name__"))), ""
    if home is None:
        return None
    work = works.of(home)
    nodes, before = work.outline.binders({name}, scope), home.outline.binders({name}, scope)
    # What an earlier line made that is as it was, is that line's, whoever has it.
    last = nodes[-1] if nodes and len(nodes) == len(before) and agenda.has_run(home, nodes[-1]) else None
    if last is not None and last.name:
        return work, last
    value = value_of(last) if last is not None and last.kind == "assignment" and last.binds == [name] else None
    return (work, last) if last is not None and isinstance(value, (ast.Call, ast.Lambda, *_DISPLAYS)) else None


def _is_home_made(work: Work, old: object) -> bool:
    """Whether what a definition's name meant is a class of the module, or leads to a function of it."""
    if is_a(old, type):
        return is_a(old, type) and locate.made_in(old, work.tracked.name)
    return any(found.function.__globals__ is work.tracked.namespace for found in locate.unwrap(old))


def _is_certain(work: Work, node: Node, old: object, new: object) -> bool:
    """Whether the line made both, of one plain kind: what a function gives may be somebody else's."""
    value = value_of(node)
    if type(old) is not type(new):
        return False
    if isinstance(value, _DISPLAYS) or (isinstance(value, ast.Lambda) and old.__name__ == "<lambda>"):  # type: ignore[attr-defined]
        return True
    if node.name:
        return node.kind == "class"
    cls: object = None
    if isinstance(value, ast.Call) and isinstance(value.func, (ast.Name, ast.Attribute)):
        first, *rest = ast.unparse(value.func).split(".")
        cls = work.space.get(first)
        for name in rest:
            cls = cls.__dict__.get(name) if is_a(cls, ModuleType) else None
    return cls is type(old) and (
        is_a(old, list, dict, set) or static_attribute(type(old), "__new__") in (NOTHING, object.__new__)
    )


def _rightly(journal: Journal, new: object) -> set[int]:
    """Who may hold what a definition was before its decorators: what they make of it, and where they put it."""
    found: set[int] = set()
    todo = [(new, 0)]
    while todo and len(found) < 500:
        value, depth = todo.pop()
        if id(value) in found or is_a(value, ModuleType, type, CodeType):
            continue
        if is_a(value, dict) and "__builtins__" in value:
            continue
        found.add(id(value))
        todo += [(each, depth + 1) for each in gc.get_referents(value) if depth < 6]
    for call in journal.on_undo:
        given = getattr(call, "args", ())
        found |= {id(each.holder) for each in given if isinstance(each, Place)}
        found |= {id(locate.attributes_of(each.holder)) for each in given if isinstance(each, Place)}
    return found


def _wrongly(holder: object, made: dict[int, _Made]) -> set[int]:
    """The earlier objects that a holder is to give up: those that it does not hold by right, as part of the object
    itself."""
    return {
        key
        for key in within(holder, made)
        if id(holder) not in made[key].rightly and not (_is_class(made[key]) and _is_part(holder, key))
    }


def _is_class(made: _Made) -> bool:
    """Whether it is a class, by its statement or by a call: `Point = type("Point", (), {})`."""
    return made.node.kind == "class" or is_a(made.new, type)


def _is_part(holder: object, key: int) -> bool:
    """Whether a class's holder is part of it, or below it."""
    if type(holder) is dict and id(holder.get("__objclass__")) == key:
        # What a member of an enumeration has.
        return True
    if is_a(holder, CellType):
        cls = holder.cell_contents
        return is_a(cls, type) and any(holder is cell for cell, _ in cells_of(cls))
    if is_a(holder, dict, list, set, deque, FunctionType):
        return False
    return id(type(holder)) == key or is_a(holder, type, ModuleType) or instance_namespace(holder) is None


def _has_another_name(works: Works, old: object) -> bool:
    """Whether a line of a watched module that is as it was gives it another name."""
    for tracked in works.watched:
        space = works.of(tracked).space if tracked.name in works.by_name else None
        for key, value in list(tracked.namespace.items()):
            if value is old and (space is None or space.get(key) is old):
                if works.of(tracked).outline.binders({key}, ""):
                    return True
    return False


def _known(worlds: Worlds, old: object) -> int:
    """References to an object that are ours, and names'."""
    stage = worlds.stage
    held = sum(each is old for names in stage.before.values() for each in names.values())
    held += sum(each is old for trail in stage.trail.values() for each in trail)
    held += sum(step[3] is old or step[1] is old for steps in (stage.steps, *worlds.journal.commits) for step in steps)
    spaces = list(stage.spaces.values())
    held += sum(each is old for space in spaces for each in space.stage.values())
    for space in spaces:
        known = stage.before.get(id(space.owner), {})
        held += sum(value is old for key, value in list(space.live.items()) if key in known)
    return held


# ---- who holds it ------------------------------------------------------------------------------------


def _ours(worlds: Worlds, olds: list[object]) -> set[int]:
    stage = worlds.stage
    found = {id(olds), id(stage.steps), *(id(each) for each in worlds.journal.commits)}
    found |= {id(each) for each in (*stage.before.values(), *stage.trail.values())}
    # Nor does it matter what those hold that other objects took the place of as well.
    for owner, names in stage.before.items():
        space = stage.spaces[owner]
        gone = [old for name, old in names.items() if space.get(name) is not old]
        found.update(map(id, gone))
        # CPython 3.11 keeps what an object has been asked for in a dict of its own.
        found |= {id(held) for held in map(instance_namespace, gone) if held is not None}
    return found | {id(space.stage) for space in stage.spaces.values()}


def _still_wanted(
    works: Works, stage: Stage, made: dict[int, _Made], held: list[tuple[object, set[int]]]
) -> dict[int, _Made]:
    """Those that no name of the source means any more: what has another name is that name's. Names that the program
    gave as it ran follow."""
    wanted = dict(made)
    modules = {id(module.__dict__) for module in loaded_modules()}
    for holder, inside in held:
        if id(holder) not in modules or not is_a(holder, dict):
            continue
        space, home = stage.spaces.get(id(holder)), watched(works, str(holder.get("__name__")))
        for key, value in list(holder.items()):
            if id(value) not in inside & wanted.keys() or (space is not None and space.get(str(key)) is not value):
                continue
            if home is None or not wanted[id(value)].certain or works.of(home).outline.binders({str(key)}, ""):
                del wanted[id(value)]
            else:
                stage.set(works.of(home).space, str(key), wanted[id(value)].new)
                wanted[id(value)].replaced.append(f"{home.name}.{key}")
    return wanted


def _at(worlds: Worlds, wanted: dict[int, _Made], holder: object, inside: set[int], path: str | None) -> None:
    """One holder: it gets the new objects, or is noted."""
    if is_a(holder, dict) and (id(holder) in worlds.works.namespaces or id(holder) in worlds.stage.spaces):
        return
    if path is None and is_a(holder, list, dict, set, FrameType):
        # Whose it is cannot be told.
        return
    if is_a(holder, dict) and (cls := _class_of(worlds.stage, holder)) is not None:
        _in_class(worlds.stage, wanted, cls, inside)
        return
    certain = {key: wanted[key].new for key in inside if wanted[key].certain and not is_a(holder, *_RUNNING)}
    left = set(_replaced_in(worlds.stage, worlds.journal, holder, certain)) if certain else set[int]()
    for key in inside:
        if key not in certain or key in left:
            wanted[key].places.append(described(holder, key, path))
        elif path is not None or type(holder) is not CellType:
            wanted[key].replaced.append(described(holder, key, path))


def _class_of(stage: Stage, holder: dict[Any, object]) -> type | None:
    owners = (space.owner for space in stage.spaces.values())
    return next((each for each in owners if is_a(each, type) and locate.own_dict(each) is holder), None)


def _in_class(stage: Stage, wanted: dict[int, _Made], cls: type, inside: set[int]) -> None:
    """Attributes that the program gave a class as it ran."""
    space = stage.class_space(cls)
    for name, value in list(locate.class_dict(cls).items()):
        if id(value) in inside and space.get(name) is value:
            made = wanted[id(value)]
            if made.certain:
                stage.set(space, name, made.new)
            (made.replaced if made.certain else made.places).append(f"{cls.__module__}.{cls.__qualname__}.{name}")


def _replaced_in(stage: Stage, journal: Journal, holder: object, new: dict[int, object]) -> list[int]:
    if is_a(holder, FunctionType):
        held = stage.current(holder, "__defaults__")
        assert held is None or is_a(held, tuple)
        defaults = tuple(new.get(id(each), each) for each in held or ())
        if held and any(a is not b for a, b in zip(held, defaults, strict=True)):
            stage.steps.append((ATTR, holder, "__defaults__", defaults))
    return replace_in(stage, journal, holder, new)


__all__ = ["settle"]
