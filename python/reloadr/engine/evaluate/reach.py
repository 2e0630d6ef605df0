"""What code may come to when it runs: the functions that it may call, and whether it needs what is not live yet."""

from __future__ import annotations

import builtins
import functools
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import NamedTuple

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.engine.evaluate.held_code import leading, leads_to
from reloadr.engine.evaluate.holding import within
from reloadr.engine.memory import Behind, Key, Memory, Names, Within
from reloadr.judge.static import static_attribute
from reloadr.live import locate
from reloadr.live.codes import (
    all_codes,
    attributes_in,
    calls_something,
    inner_codes,
    is_comprehension,
    loaded_names,
    names_in,
    operates,
    run_at_once,
    runs_apart,
)
from reloadr.live.kinds import dispatched, is_a
from reloadr.source.using import is_special
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

Ids = set[int]
#: Methods that no code calls by name.
_UNNAMED = frozenset(
    {"__call__", "__iter__", "__next__", "__getitem__", "__contains__", "__len__", "__bool__", "__get__"}
)
#: Of a container with more, nobody calls each.
_FEW = 200


class Called(NamedTuple):
    """What some code may come to."""

    #: Of code objects, its own included.
    ids: Ids
    #: What all of these use, and what is used beyond the code's own text.
    names: Names
    beyond: Names
    #: As they will be after the commit.
    functions: list[Within]


@contextmanager
def remembering(works: Works) -> Iterator[None]:
    """Around questions between which nothing is staged, committed or run: they share what they find."""
    assert works.memory is None
    works.memory = Memory()
    try:
        yield
    finally:
        works.memory = None


def needs_new_world(works: Works, stage: Stage, work: Work, code: CodeType, *, in_class: bool) -> bool:
    """Whether running this code may call, or look up by its globals, what is not live yet."""
    staged = {name for space in stage.spaces.values() for name in space.stage}
    if not staged and not stage.pending_names:
        return False
    own = id(work.space.owner)
    elsewhere = {name for key, space in stage.spaces.items() if key != own for name in space.stage}
    calls = any(calls_something(each) for each in all_codes(code))
    if elsewhere and not elsewhere.isdisjoint(attributes_in(code, strings=calls)):
        # `module.NAME` and `Class.NAME` are looked up in what is live.
        return True
    if _has_namespace(stage, work, code) or _builds_on_staged(stage, work, code) or _goes_through_staged(stage, code):
        return True
    own_names = set(code.co_names)
    inner: set[str] = set()
    if runs_apart(code):
        own_names.update(name for each in inner_codes(code) for name in each.co_names)
    else:
        for each in inner_codes(code):
            if calls or in_class or is_comprehension(each):
                inner.update(each.co_names)
        if in_class:
            inner |= own_names
    used = _classes_used(works, stage, work, code)
    if inner & set(work.space.stage) or _operates_otherwise(stage, used):
        return True
    methods = _behind_each(works, stage, used)
    if not calls and not methods and not any(operates(each) for each in all_codes(code)):
        return False
    if in_class and any(calls_something(each) for each in run_at_once(code)):
        if any(work.space.get(name) is MISSING and not hasattr(builtins, name) for name in loaded_names(code)):
            # What the class itself has may be called: a class within it, a function above.
            return True
    called = called_by(works, stage, code, work.tracked.namespace, also=methods)
    if not called.ids.isdisjoint(stage.pending_codes.ids()) or _holds_pending(works, stage, work, code, called):
        # By whatever name.
        return True
    # Its own ones are looked up in the stage.
    reached = called.beyond
    return not (reached | own_names).isdisjoint(stage.pending_names) or not reached.isdisjoint(staged)


def _classes_used(works: Works, stage: Stage, work: Work, code: CodeType) -> list[type]:
    """The user's classes that code comes to by name, or by an object of theirs."""
    codes = all_codes(code)
    names = names_in(codes)
    classes: dict[int, type] = {}
    for name in names:
        for value in _meant(works, stage, work.space.get(name), names):
            if not is_a(value, FunctionType, ModuleType):
                kinds = [type(each) for each in (value, *within(value))]
                classes.update((id(each), each) for each in (*kinds, value) if is_a(each, type))
    modules = works.listed.by_name
    return [
        cls
        for cls in classes.values()
        if any(str(locate.class_dict(base).get("__module__")) in modules for base in locate.mro(cls))
    ]


def _operates_otherwise(stage: Stage, used: list[type]) -> bool:
    """Whether one of some classes gets or loses a special method, which operators and conditions call by no name."""
    spaces = [stage.spaces.get(id(base)) for cls in used for base in locate.mro(cls)]
    return any(is_special(name) for space in spaces if space is not None for name in space.stage)


def _behind_each(works: Works, stage: Stage, used: list[type]) -> list[Within]:
    """The methods of some classes: operators, attributes, loops and patterns call some that no name tells."""
    memory = works.memory or Memory()
    return [memory.within[key] for cls in used for key in _behind(works, stage, memory, cls).methods]


def _holds_pending(works: Works, stage: Stage, work: Work, code: CodeType, called: Called) -> bool:
    """Whether something that is read by code, or by what it may call, holds a function that is to run other code."""
    own = names_in(all_codes(code))
    olds = {id(each) for each in stage.pending_codes.olds()}
    if olds and leads_to([work.space.stage[name] for name in own & work.space.stage.keys()], olds):
        # What this very edit gave a name.
        return True
    names = leading(works, stage, called.names | own) if olds else {}
    if not names:
        return False
    reading = [(code, work.tracked.namespace), *called.functions]
    return any(id(space) in names.get(name, ()) for each, space in reading for name in names_in(all_codes(each)))


def _has_namespace(stage: Stage, work: Work, code: CodeType) -> bool:
    """Whether code uses another name for a module that this batch changes, or for its namespace."""
    staged = {id(space.owner) for space in stage.spaces.values() if space.stage}
    held = [work.space.live.get(name) for each in all_codes(code) for name in each.co_names]
    return any(
        (type(value) is dict and id(value) in staged)
        or (is_a(value, ModuleType) and value is work.tracked.module and id(value.__dict__) in staged)
        for value in held
    )


def _goes_through_staged(stage: Stage, code: CodeType) -> bool:
    """Whether code may ask for the members of an enumeration that this batch changes."""
    owners = [space.owner for space in stage.spaces.values() if "_member_map_" in space.stage]
    names = {name for each in all_codes(code) for name in each.co_names} if owners else set()
    return any(is_a(owner, type) and owner.__name__ in names for owner in owners)


def _builds_on_staged(stage: Stage, work: Work, code: CodeType) -> bool:
    """Whether code calls something and uses a class that this batch changes, or one below it: whatever makes a class
    or an instance reads the bases."""
    owners = [space.owner for space in stage.spaces.values() if space.stage and is_a(space.owner, type)]
    if not owners or not any(calls_something(each) for each in all_codes(code)):
        return False
    names = {name for each in all_codes(code) for name in each.co_names}
    for name in names:
        value = work.space.get(name)
        if is_a(value, type) and any(owner in locate.mro(value) for owner in owners):
            return True
    return any(owner.__name__ in names for owner in owners)


def touched(works: Works, stage: Stage, work: Work, node: Node) -> list[str]:
    """Module-level containers that running a statement may have changed, followed through functions."""
    try:
        code = compile(textwrap.dedent(node.segment), work.tracked.filename, "exec", dont_inherit=True)
    except SyntaxError:
        return []
    names = reachable(works, stage, code, work.tracked.namespace)
    live = work.space.live
    given = {id(each) for name in names for each in _defaults(live.get(name))}
    names |= {name for name, value in list(live.items()) if id(value) in given}
    return sorted(name for name in names if is_a(live.get(name), dict, list, set))


def _defaults(value: object) -> list[object]:
    """What a function is given where a call leaves it out: `def build(table=TABLE)`."""
    if not is_a(value, FunctionType):
        return []
    return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]


def reachable(works: Works, stage: Stage, code: CodeType, start: Mapping[str, object]) -> Names:
    """Names that code may use, followed through the functions of watched modules that it may call."""
    return called_by(works, stage, code, start).names


def called_by(
    works: Works, stage: Stage, code: CodeType, start: Mapping[str, object], *, also: Iterable[Within] = ()
) -> Called:
    """The functions of watched modules that code, and `also` some other, may call, and those that they may call, as
    they will be after the commit."""
    memory = works.memory or Memory()
    own = memory.key(code, start)
    todo: set[Key] = {own, *(memory.key(*each) for each in also)}
    seen: set[Key] = set()
    names: Names = set()
    beyond = names_in(inner_codes(code))
    objects: list[type] = []
    while todo and len(seen) < 2000:
        key = todo.pop()
        seen.add(key)
        used, called, read = _looked_up(works, stage, memory, key)
        names |= used
        beyond |= used if key != own else set()
        todo |= called - seen
        objects += read
        if not todo and objects:
            todo = _of_objects(works, stage, memory, objects, names) - seen
    return Called({code for code, _ in seen}, names, beyond, [memory.within[key] for key in (seen | todo) - {own}])


def _looked_up(works: Works, stage: Stage, memory: Memory, key: Key) -> tuple[Names, set[Key], list[type]]:
    """The names that code uses, the functions that it may call by them, and the classes of the user's objects that it
    reads by name."""
    if key in memory.used:
        return memory.used[key]
    code, namespace = memory.within[key]
    functions: set[Key] = set()
    objects: list[type] = []
    codes = all_codes(code)
    names = names_in(codes)
    values = {name: _seen_by(stage, namespace, name) for name in names}
    for each in codes:
        for name in each.co_names:
            for value in _meant(works, stage, values[name], each.co_names):
                functions |= _called_with(works, stage, memory, value, each.co_names)
    for value in values.values():
        if not is_a(value, type, FunctionType, ModuleType):
            home = type.__dict__["__module__"].__get__(type(value))
            if home in works.listed.by_name:
                objects.append(type(value))
    memory.used[key] = names, functions, objects
    return memory.used[key]


def _of_objects(works: Works, stage: Stage, memory: Memory, objects: Iterable[type], names: Names) -> set[Key]:
    """The methods of such objects, where code that is come to uses one of them by name."""
    found: set[Key] = set()
    for cls in {id(each): each for each in objects}.values():
        behind = _behind(works, stage, memory, cls)
        if not behind.names.isdisjoint(names) or not behind.names.isdisjoint(_UNNAMED):
            found |= behind.methods
    return found


def _meant(works: Works, stage: Stage, value: object, attributes: Iterable[str]) -> list[object]:
    """What a name, or in place of a watched module its attributes, may mean: `function`, `package.module.function`."""
    found, modules = [value], list[ModuleType]()
    for each in found:
        if is_a(each, ModuleType) and id(each.__dict__) in works.namespaces:
            if not any(each is module for module in modules):
                modules.append(each)
                found += [_seen_by(stage, each.__dict__, name) for name in attributes]
    return found


def _seen_by(stage: Stage, namespace: Mapping[str, object], name: str) -> object:
    """What a name means in a module, staged values included."""
    space = stage.spaces.get(id(namespace))
    return namespace.get(name, MISSING) if space is None else space.get(name)


def _called_with(
    works: Works, stage: Stage, memory: Memory, value: object, attributes: Iterable[str]
) -> frozenset[Key]:
    """The code, as it will be, of what may be called with a value, and its globals; of an object, all of its methods,
    where one of these attributes is one."""
    found = _behind(works, stage, memory, value)
    if is_a(value, type) or (found.names and not found.names.isdisjoint([*attributes, *_UNNAMED])):
        return found.functions | found.methods
    return found.functions


def _behind(works: Works, stage: Stage, memory: Memory, value: object) -> Behind:
    if id(value) in memory.behind:
        return memory.behind[id(value)]
    if is_a(value, type):
        methods = list[FunctionType]()
        if value.__module__ in sys.modules and value.__module__ != "builtins":
            methods = [each for base in locate.mro(value) for each in _methods(base)]
        names = frozenset(each.__name__ for each in methods)
        found = Behind(frozenset(), _as_they_will_be(works, stage, memory, methods), names)
    else:
        functions = [found.function for each in _callable_with(value) for found in locate.unwrap(each)]
        of_class = _behind(works, stage, memory, type(value))
        found = of_class._replace(functions=_as_they_will_be(works, stage, memory, functions))
    memory.behind[id(value)] = found
    return found


def _callable_with(value: object) -> list[object]:
    """A value, and what is called where it is: the forms of a `singledispatch` function, what a container holds."""
    found = [value, *(dispatched(value) or ())]
    held: list[object] = []
    if is_a(value, dict):
        held = list(value.values()) if len(value) <= _FEW else []
    elif is_a(value, list, tuple):
        held = list(value[:_FEW])
    elif is_a(value, set, frozenset):
        held = list(value) if len(value) <= _FEW else []
    found += [each for each in held if is_a(each, FunctionType, MethodType, functools.partial)]
    return found


def _as_they_will_be(works: Works, stage: Stage, memory: Memory, functions: Iterable[FunctionType]) -> frozenset[Key]:
    return frozenset(
        memory.key(stage.pending_codes.after(function.__code__), function.__globals__)
        for function in functions
        if id(function.__globals__) in works.namespaces
    )


def _methods(cls: type) -> list[FunctionType]:
    """The functions of a class, and of classes within it: who has it, or an instance, may call them."""
    found: list[FunctionType] = []
    for member in list(locate.class_dict(cls).values()):
        if is_a(member, FunctionType):
            found.append(member)
        elif is_a(member, staticmethod, classmethod, property, functools.cached_property):
            found += [each.function for each in locate.unwrap(member)]
        elif is_a(member, type) and locate.qualname_of(member).startswith(f"{locate.qualname_of(cls)}."):
            found += _methods(member)
        elif type(member) is not cls and is_a(static_attribute(type(member), "__get__"), FunctionType):
            # A descriptor is asked for what the attribute is.
            found += _methods(type(member))
    return found
