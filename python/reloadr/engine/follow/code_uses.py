"""What the code objects of living functions say of names: which they read, and who calls whom.

def price(x): return x * VAT       # reads VAT
def total(xs): return sum(price(x) for x in xs)     # reaches price
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType

from reloadr.live import locate
from reloadr.live.codes import all_codes, run_at_once
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked


def _by_number(bits: Mapping[str, int]) -> dict[int, int]:
    """Operations by their numbers, as far as this CPython has them."""
    return {dis.opmap[name]: shift for name, shift in bits.items() if name in dis.opmap}


#: What looks a name up in the globals, and by how many bits the number of the name is shifted; the last two in the body
#: of a class.
_LOADS = _by_number({"LOAD_GLOBAL": 1, "LOAD_NAME": 0, "LOAD_FROM_DICT_OR_GLOBALS": 0})
#: What reads an attribute. CPython 3.11 has methods apart.
_ATTRIBUTES = _by_number({"LOAD_ATTR": int("LOAD_SUPER_ATTR" in dis.opmap), "LOAD_METHOD": 0, "LOAD_SUPER_ATTR": 2})


def global_names(code: CodeType) -> set[str]:
    """The names that code looks up in the globals."""
    return _names_in(code, _LOADS)


def _names_in(code: CodeType, operations: Mapping[int, int]) -> set[str]:
    """The names that some operations of code are about, as `dis` would tell in ten times the time."""
    found: set[str] = set()
    raw, names, extended = code.co_code, code.co_names, 0
    for operation, argument in zip(raw[::2], raw[1::2], strict=True):
        argument |= extended
        extended = argument << 8 if operation == dis.EXTENDED_ARG else 0
        bits = operations.get(operation)
        if bits is not None:
            found.add(names[argument >> bits])
    return found


def reads(code: CodeType, names: set[str]) -> bool:
    """Whether a function, as it runs, reads one of these names: `NAME`, or `module.NAME`, also by an import of it."""
    if not names.isdisjoint(code.co_names) and not names.isdisjoint(global_names(code)):
        return True
    dotted = [name.split(".") for name in names if "." in name]
    if dotted:
        used = {part for name in code.co_names for part in (name, *name.split("."))}
        if any(used.issuperset(parts) for parts in dotted):
            return True
    return any(reads(each, names) for each in run_at_once(code) if each is not code)


def any_reads(member: object, names: set[str], really: Callable[[CodeType], bool] = lambda code: True) -> bool:
    """Whether a method reads one of these names."""
    codes = [each.function.__code__ for each in locate.unwrap(member)]
    return any(reads(code, names) and really(code) for code in codes)


def members_reading(cls: type, names: set[str], really: Callable[[CodeType], bool]) -> set[str]:
    """The methods of a class that read one of these names."""
    return {each for each, member in list(locate.class_dict(cls).items()) if any_reads(member, names, really)}


def inner_reads(code: CodeType, names: set[str]) -> bool:
    """Whether a function that code makes reads one of these names."""
    return any(reads(constant, names) for constant in code.co_consts if isinstance(constant, CodeType))


def any_loads(member: object, names: set[str]) -> bool:
    """Whether a method reads an attribute of one of these names."""
    return any(loads(each.function.__code__, name) for each in locate.unwrap(member) for name in names)


def loads(code: CodeType, name: str) -> bool:
    """Whether code reads an attribute of this name."""
    return name in code.co_names and name in _names_in(code, _ATTRIBUTES)


def lambdas_reading(tracked: Tracked, names: set[str]) -> set[str]:
    """Names of functions that the code objects do not tell: `name = lambda: ...`."""
    return {
        name
        for name, value in list(tracked.namespace.items())
        if is_a(value, FunctionType) and value.__name__ == "<lambda>" and value.__globals__ is tracked.namespace
        if reads(value.__code__, names)
    }


def _module_of(value: FunctionType | type) -> object:
    # A metaclass would be asked.
    return value.__module__ if is_a(value, FunctionType) else locate.class_dict(value).get("__module__")


def reaching(tracked: Tracked, changed: set[str], methods: set[str]) -> set[str]:
    """The functions of a module that call one of these functions or methods, directly or through others of the
    module; a method that makes instances goes by its class's name."""
    namespace = tracked.namespace
    callers: dict[str, list[str]] = {}
    for name, value in list(namespace.items()):
        if is_a(value, FunctionType, type) and _module_of(value) == tracked.name:
            for found in _functions_under(value):
                for code in all_codes(found.__code__):
                    for used in code.co_names:
                        callers.setdefault(used, []).append(name)
    reaching, todo = set(changed), [*changed, *methods]
    while todo:
        for name in callers.get(todo.pop(), ()):
            if name not in reaching:
                reaching.add(name)
                todo.append(name)
    return {name for name in reaching if not is_a(namespace.get(name), type)}


def late(tracked: Tracked, names: set[str], wanted: set[str]) -> set[str]:
    """Those of a module's functions that use what is wanted in inner functions alone, as decorators do."""
    late: set[str] = set()
    for name in names:
        value = tracked.namespace.get(name)
        if is_a(value, FunctionType):
            if all(wanted.isdisjoint(each.co_names) for each in run_at_once(value.__code__)):
                late.add(name)
    return late


def _functions_under(value: object) -> list[FunctionType]:
    if is_a(value, FunctionType):
        return [value]
    members = locate.class_dict(value).values() if is_a(value, type) else ()
    return [found.function for member in list(members) for found in locate.unwrap(member)]


def at_once(codes: tuple[CodeType, ...]) -> list[CodeType]:
    """What of a function's code runs when it is called: a value is read then, by what it makes only later."""
    outer = [each for each in codes if "<locals>" not in each.co_qualname]
    return [inner for each in outer for inner in run_at_once(each)]


__all__ = [
    "any_loads",
    "any_reads",
    "at_once",
    "global_names",
    "inner_reads",
    "lambdas_reading",
    "late",
    "loads",
    "members_reading",
    "reaching",
    "reads",
]
