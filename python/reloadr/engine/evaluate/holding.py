"""What an object holds, whoever made its type. Where nothing better is known the interpreter's collector tells it: it
has to know of every reference that a type keeps. Nobody is asked.

defaultdict(make)                  # the factory, and the values
map(f, rows), iter(f, None)        # the function
WeakSet([f]), weakref.ref(f)       # what they refer to
ContextVar("at", default=f)        # what it gives here
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any
from weakref import CallableProxyType, ProxyType, ReferenceType

from reloadr._core import referent
from reloadr.judge.library import template_parts
from reloadr.live import locate
from reloadr.live.kinds import entries_of, is_a
from reloadr.live.threads import thread_dicts

__all__ = ["MANY", "beneath", "called_by_itself", "given_by_default", "held_by", "parts_of", "rows_of", "within"]

#: How many values of a container are looked at.
MANY = 200
#: How far it is gone into what holds others.
_DEEP = 4
_ROWS: tuple[Any, ...] = (list, tuple, set, frozenset, deque)
_FACTORY: Any = vars(defaultdict)["default_factory"]
_WEAK = (ReferenceType, ProxyType, CallableProxyType)
#: What holds nothing that is meant here: a module is told by its name, a class by its members.
_CLOSED = (
    *(str, bytes, int, float, complex, bool, type(None)),
    *(ModuleType, type, CodeType, FrameType, BuiltinFunctionType),
)
#: That its type cannot be changed: it is none that a `class` statement made.
_IMMUTABLE = 1 << 8


def held_by(value: object, most: int = MANY) -> list[object]:
    """What an object holds."""
    if is_a(value, *_CLOSED):
        return []
    if is_a(value, *_WEAK):
        target = referent(value)
        return [] if target is None else [target]
    if is_a(value, FunctionType):
        cells = [locate.cell_content(cell) for cell in value.__closure__ or ()]
        return [*cells, *given_by_default(value), *value.__dict__.values()]
    entries = entries_of(value)
    rows = _row_of(value, most) if entries is None else None
    if entries is None and rows is None:
        return list(_by_the_collector(value))
    found = rows if rows is not None else [*_some(dict.values(entries or {}), most), *_keys(entries or {}, most)]
    if any(type(value) is each for each in (dict, *_ROWS)):
        return found
    return [*found, *_factory(value), *itertools.islice((parts_of(value) or {}).values(), most)]


def given_by_default(function: FunctionType) -> list[object]:
    """What a function is given where a call leaves it out."""
    return [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]


def _by_the_collector(value: object) -> Iterator[object]:
    if is_a(value, threading.local):
        yield from (each for held in thread_dicts(value) for each in held.values())
        return
    if is_a(value, ContextVar):
        with contextlib.suppress(LookupError):  # it gives nothing here
            yield ContextVar.get(value)
    own = locate.attributes_of(value)
    for each in gc.get_referents(value):
        if own is not None and each is own:
            yield from list(own.values())
        elif each is not type(value):
            yield each
    yield from template_parts(value) or ()


def _factory(value: object) -> list[object]:
    return [_FACTORY.__get__(value)] if is_a(value, defaultdict) else []


def _keys(entries: dict[Any, object], most: int) -> list[object]:
    return [each for each in _some(dict.keys(entries), most) if type(each) is not str]


def _some(values: Any, most: int) -> list[object]:
    return list(itertools.islice(values, most))


def within(value: object) -> list[object]:
    """What an object holds, and what that holds where it is a container or another object of the interpreter's own."""
    found: list[object] = []
    seen: set[int] = set()
    todo = [(each, _DEEP) for each in held_by(value)]
    while todo and len(found) < MANY:
        each, left = todo.pop(0)
        if is_a(each, *_WEAK):
            each = referent(each)
        if id(each) in seen or is_a(each, str, bytes, int, float, type(None)):
            continue
        seen.add(id(each))
        found.append(each)
        if left > 1 and (is_own(each) or entries_of(each) is not None or _row_of(each, 1) is not None):
            todo += [(part, left - 1) for part in held_by(each)]
    return found


def is_own(value: object) -> bool:
    """Whether an object is of a type that was written in C, as those of the interpreter are."""
    flags: int = type.__dict__["__flags__"].__get__(type(value))
    return bool(flags & _IMMUTABLE) and not is_a(value, *_CLOSED, FunctionType)


def called_by_itself(value: object) -> list[object]:
    """What an object may call as it is asked for an item, gone through or called: the functions that it holds, where it
    is neither a plain container nor of a class that tells what it does."""
    if is_a(value, defaultdict):
        return _factory(value)
    if not is_own(value) or entries_of(value) is not None or _row_of(value, 1) is not None:
        return []
    return [each for each in within(value) if callable(each)]


def beneath(value: object) -> object:
    """What a weak proxy stands for; the value itself where it is none."""
    # Nothing is of a class below these.
    kind = type(value)
    return referent(value) if kind is ProxyType or kind is CallableProxyType else value


def parts_of(value: object) -> Mapping[str, object] | None:
    """The attributes of an object, as all of its threads have them."""
    if is_a(value, threading.local):
        return {name: each for held in thread_dicts(value) for name, each in held.items()}
    own, slots = locate.attributes_of(value), _slots_of(value)
    return {**slots, **(own or {})} if slots else own


def _slots_of(value: object) -> dict[str, object]:
    """What an object holds in the slots of its classes."""
    found: dict[str, object] = {}
    for base in locate.mro(type(value)):
        held = locate.class_dict(base)
        for name, member in list(held.items()) if "__slots__" in held else ():
            if type(member) is MemberDescriptorType:
                with contextlib.suppress(AttributeError):  # nothing was put there
                    found.setdefault(name, member.__get__(value))
    return found


def rows_of(value: object) -> list[object] | None:
    """What going through a container that is no dict gives, none of its own methods called, or a template string."""
    rows = _row_of(value, MANY)
    if rows is not None:
        return rows
    parts = template_parts(value)
    return None if parts is None else list(parts)


def _row_of(value: object, most: int) -> list[object] | None:
    for kind in _ROWS:
        if is_a(value, kind):
            return list(itertools.islice(kind.__iter__(value), most))
    return None
