"""What code may come to when it runs: the functions that it may call, and whether it needs what is not live yet."""

from __future__ import annotations

import builtins
import functools
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.live import locate
from reloadr.live.codes import (
    all_codes,
    attributes_in,
    calls_something,
    inner_codes,
    is_comprehension,
    loaded_names,
    names_in,
    run_at_once,
    runs_apart,
)
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

Names = set[str]
Ids = set[int]
#: A function's code with its globals; by their ids, the names that it uses and the functions that it may call.
Within = tuple[CodeType, Mapping[str, object]]


class Known(dict[tuple[int, int], tuple[Names, list[Within]]]):
    """What is known so far, and the classes of the objects that code reads by name, by the same ids: what it hands them
    to may call their methods."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[tuple[int, int], list[type]] = {}


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
    if inner & set(work.space.stage):
        return True
    if not calls:
        return False
    if in_class and any(calls_something(each) for each in run_at_once(code)):
        if any(work.space.get(name) is MISSING and not hasattr(builtins, name) for name in loaded_names(code)):
            # What the class itself has may be called: a class within it, a function above.
            return True
    known = Known()
    called = called_by(works, stage, code, work.tracked.namespace, known)
    if not called.isdisjoint(stage.pending_codes.ids()):
        # By whatever name.
        return True
    reached = reachable(works, stage, code, work.tracked.namespace, beyond=True)
    return not (reached | own_names).isdisjoint(stage.pending_names) or not reached.isdisjoint(staged)


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


def reachable(
    works: Works, stage: Stage, code: CodeType, start: Mapping[str, object], *, beyond: bool = False
) -> Names:
    """Names that code may use, followed through the functions of watched modules that it may call; `beyond` the
    code itself: those that only the functions use."""
    known = Known()
    called_by(works, stage, code, start, known)
    if beyond:
        known[id(code), id(start)] = names_in(inner_codes(code)), []
    return set[str]().union(*(names for names, _ in known.values()))


def called_by(works: Works, stage: Stage, code: CodeType, start: Mapping[str, object], known: Known) -> Ids:
    """The ids of the code objects of those functions, and its own, as they will be after the commit. Who asks about
    several pieces of code, while nothing changes, hands over what is known from the others."""
    todo: list[Within] = [(code, start)]
    seen: set[int] = set()
    names: Names = set()
    objects: list[type] = []
    while todo and len(seen) < 2000:
        current, namespace = todo.pop()
        if id(current) not in seen:
            seen.add(id(current))
            key = id(current), id(namespace)
            if key not in known:
                known[key], known.objects[key] = _looked_up(works, stage, current, namespace)
            names |= known[key][0]
            todo += known[key][1]
            objects += known.objects.get(key, [])
        if not todo and objects:
            todo = [each for each in _of_objects(works, stage, objects, names) if id(each[0]) not in seen]
            known[id(code), -len(seen)] = set(), list(todo)
    return seen


def _looked_up(
    works: Works, stage: Stage, code: CodeType, namespace: Mapping[str, object]
) -> tuple[tuple[Names, list[Within]], list[type]]:
    """What code uses, and the classes of the objects that it reads; asked once as long as nothing is staged."""
    key = id(code), id(namespace)
    found = works.looked_up.get(key) if works.looked_up is not None else None
    if found is None:
        found = _used_by(works, stage, code, namespace), list(_objects(works, stage, code, namespace))
        if works.looked_up is not None:
            works.looked_up[key] = found
            # As long as the code lives, no other has its id.
            works.held.append(code)
    return found


def _objects(works: Works, stage: Stage, code: CodeType, namespace: Mapping[str, object]) -> Iterator[type]:
    """The classes of the user's objects that code reads by name."""
    for name in names_in(all_codes(code)):
        value = _seen_by(stage, namespace, name)
        if not is_a(value, type, FunctionType, ModuleType):
            home = type.__dict__["__module__"].__get__(type(value))
            if home in works.listed.by_name:
                yield type(value)


def _of_objects(works: Works, stage: Stage, objects: Iterable[type], names: Names) -> Iterator[Within]:
    """The methods of such objects, where code that is come to uses one of them by name."""
    for cls in {id(each): each for each in objects}.values():
        methods = [each for base in locate.mro(cls) for each in _methods(base)]
        if any(each.__name__ in names for each in methods):
            yield from _as_they_will_be(works, stage, methods)


def _used_by(works: Works, stage: Stage, code: CodeType, namespace: Mapping[str, object]) -> tuple[Names, list[Within]]:
    """The names that code uses, and the functions that it may call by them."""
    functions: list[Within] = []
    for each in all_codes(code):
        for name in each.co_names:
            for value in _meant(works, stage, _seen_by(stage, namespace, name), each.co_names):
                functions += _functions_behind(works, stage, value, each.co_names)
    return names_in(all_codes(code)), functions


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


def _functions_behind(works: Works, stage: Stage, value: object, attributes: Iterable[str]) -> Iterator[Within]:
    """The code, as it will be, of what may be called with a value, and its globals; of an object, all of its methods,
    where one of these attributes is one."""
    functions = [] if is_a(value, type) else [found.function for found in locate.unwrap(value)]
    cls = value if is_a(value, type) else type(value)
    if cls.__module__ in sys.modules and cls.__module__ != "builtins":
        methods = [each for base in locate.mro(cls) for each in _methods(base)]
        if cls is value or any(each.__name__ in attributes for each in methods):
            functions += methods
    yield from _as_they_will_be(works, stage, functions)


def _as_they_will_be(works: Works, stage: Stage, functions: Iterable[FunctionType]) -> Iterator[Within]:
    for function in functions:
        if id(function.__globals__) in works.namespaces:
            yield stage.pending_codes.after(function.__code__), function.__globals__


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
    return found
