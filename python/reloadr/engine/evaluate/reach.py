"""What code may come to when it runs: the functions that it may call, and whether it needs what is not live yet."""

from __future__ import annotations

import functools
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.live import locate
from reloadr.live.codes import (
    all_codes,
    attributes_in,
    calls_something,
    inner_codes,
    is_comprehension,
    names_in,
    runs_apart,
)
from reloadr.stage.steps import MISSING

Names = set[str]
Ids = set[int]
#: A function's code with its globals; by their ids, the names that it uses and the functions that it may call.
Within = tuple[CodeType, Mapping[str, object]]
Known = dict[tuple[int, int], tuple[Names, list[Within]]]


def needs_new_world(batch: Batch, work: Work, code: CodeType, *, in_class: bool) -> bool:
    """Whether running this code may call, or look up by its globals, what is not live yet."""
    staged = {name for space in batch.stage.spaces.values() for name in space.stage}
    if not staged and not batch.stage.pending_names:
        return False
    own = id(work.space.owner)
    elsewhere = {name for key, space in batch.stage.spaces.items() if key != own for name in space.stage}
    calls = any(calls_something(each) for each in all_codes(code))
    if elsewhere and not elsewhere.isdisjoint(attributes_in(code, strings=calls)):
        # `module.NAME` and `Class.NAME` are looked up in what is live.
        return True
    if _has_namespace(batch, work, code) or _builds_on_staged(batch, work, code) or _goes_through_staged(batch, code):
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
    known: Known = {}
    called = called_by(batch, code, work.tracked.namespace, known)
    if any(id(each) in called for each in batch.stage.pending_codes.values()):
        # By whatever name.
        return True
    reached = reachable(batch, code, work.tracked.namespace, beyond=True)
    return not (reached | own_names).isdisjoint(batch.stage.pending_names) or not reached.isdisjoint(staged)


def _has_namespace(batch: Batch, work: Work, code: CodeType) -> bool:
    """Whether code uses another name for a module that this batch changes, or for its namespace."""
    staged = {id(space.owner) for space in batch.stage.spaces.values() if space.stage}
    held = [work.space.live.get(name) for each in all_codes(code) for name in each.co_names]
    return any(
        (type(value) is dict and id(value) in staged)
        or (isinstance(value, ModuleType) and value is work.tracked.module and id(value.__dict__) in staged)
        for value in held
    )


def _goes_through_staged(batch: Batch, code: CodeType) -> bool:
    """Whether code may ask for the members of an enumeration that this batch changes."""
    owners = [space.owner for space in batch.stage.spaces.values() if "_member_map_" in space.stage]
    names = {name for each in all_codes(code) for name in each.co_names} if owners else set()
    return any(isinstance(owner, type) and owner.__name__ in names for owner in owners)


def _builds_on_staged(batch: Batch, work: Work, code: CodeType) -> bool:
    """Whether code calls something and uses a class that this batch changes, or one below it: whatever makes a class
    or an instance reads the bases."""
    owners = [space.owner for space in batch.stage.spaces.values() if space.stage and isinstance(space.owner, type)]
    if not owners or not any(calls_something(each) for each in all_codes(code)):
        return False
    names = {name for each in all_codes(code) for name in each.co_names}
    for name in names:
        value = work.space.get(name)
        if isinstance(value, type) and any(owner in locate.mro(value) for owner in owners):
            return True
    return any(owner.__name__ in names for owner in owners)


def touched(batch: Batch, work: Work, node: Node) -> list[str]:
    """Module-level containers that running a statement may have changed, followed through functions."""
    try:
        code = compile(textwrap.dedent(node.segment), work.tracked.filename, "exec", dont_inherit=True)
    except SyntaxError:
        return []
    names = reachable(batch, code, work.tracked.namespace)
    live = work.space.live
    given = {id(each) for name in names for each in _defaults(live.get(name))}
    names |= {name for name, value in list(live.items()) if id(value) in given}
    return sorted(name for name in names if isinstance(live.get(name), (dict, list, set)))


def _defaults(value: object) -> list[object]:
    """What a function is given where a call leaves it out: `def build(table=TABLE)`."""
    if not isinstance(value, FunctionType):
        return []
    return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]


def reachable(batch: Batch, code: CodeType, start: Mapping[str, object], *, beyond: bool = False) -> Names:
    """Names that code may use, followed through the functions of watched modules that it may call; `beyond` the
    code itself: those that only the functions use."""
    known: Known = {}
    called_by(batch, code, start, known)
    if beyond:
        known[id(code), id(start)] = names_in(inner_codes(code)), []
    return set[str]().union(*(names for names, _ in known.values()))


def called_by(batch: Batch, code: CodeType, start: Mapping[str, object], known: Known) -> Ids:
    """The ids of the code objects of those functions, and its own, as they will be after the commit. Who asks about
    several pieces of code, while nothing changes, hands over what is known from the others."""
    todo: list[Within] = [(code, start)]
    seen: set[int] = set()
    while todo and len(seen) < 2000:
        current, namespace = todo.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        used = known.get((id(current), id(namespace)))
        if used is None:
            used = known[id(current), id(namespace)] = _used_by(batch, current, namespace)
        todo += used[1]
    return seen


def _used_by(batch: Batch, code: CodeType, namespace: Mapping[str, object]) -> tuple[Names, list[Within]]:
    """The names that code uses, and the functions that it may call by them."""
    functions: list[Within] = []
    for each in all_codes(code):
        for name in each.co_names:
            for value in _meant(batch, _seen_by(batch, namespace, name), each.co_names):
                functions += _functions_behind(batch, value, each.co_names)
    return names_in(all_codes(code)), functions


def _meant(batch: Batch, value: object, attributes: Iterable[str]) -> list[object]:
    """What a name, or in place of a watched module its attributes, may mean: `function`, `package.module.function`."""
    found, modules = [value], list[ModuleType]()
    for each in found:
        if isinstance(each, ModuleType) and id(each.__dict__) in batch.namespaces:
            if not any(each is module for module in modules):
                modules.append(each)
                found += [_seen_by(batch, each.__dict__, name) for name in attributes]
    return found


def _seen_by(batch: Batch, namespace: Mapping[str, object], name: str) -> object:
    """What a name means in a module, staged values included."""
    space = batch.stage.spaces.get(id(namespace))
    return namespace.get(name, MISSING) if space is None else space.get(name)


def _functions_behind(batch: Batch, value: object, attributes: Iterable[str]) -> Iterator[Within]:
    """The code, as it will be, of what may be called with a value, and its globals; of an object, all of its methods,
    where one of these attributes is one."""
    functions = [] if isinstance(value, type) else [found.function for found in locate.unwrap(value)]
    cls = value if isinstance(value, type) else type(value)
    if cls.__module__ in sys.modules and cls.__module__ != "builtins":
        methods = [each for base in locate.mro(cls) for each in _methods(base)]
        if cls is value or any(each.__name__ in attributes for each in methods):
            functions += methods
    for function in functions:
        if id(function.__globals__) in batch.namespaces:
            yield batch.stage.pending_codes.get(function.__code__, function.__code__), function.__globals__


def _methods(cls: type) -> list[FunctionType]:
    """The functions of a class, and of classes within it: who has it, or an instance, may call them."""
    found: list[FunctionType] = []
    for member in list(locate.class_dict(cls).values()):
        if isinstance(member, FunctionType):
            found.append(member)
        elif isinstance(member, (staticmethod, classmethod, property, functools.cached_property)):
            found += [each.function for each in locate.unwrap(member)]
        elif isinstance(member, type) and member.__qualname__.startswith(f"{cls.__qualname__}."):
            found += _methods(member)
    return found
