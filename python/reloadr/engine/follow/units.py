"""The functions of a module and the methods of its classes, with the names that their code uses."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import NamedTuple

from reloadr.live import locate
from reloadr.live.codes import all_codes, names_in
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked

__all__ = ["HOLDING", "Unit", "units_of"]

#: What holds functions in a class without being called itself.
HOLDING = (
    staticmethod,
    classmethod,
    property,
    functools.cached_property,
    functools.partialmethod,
    functools.singledispatchmethod,
)


class Unit(NamedTuple):
    """A function, or a method of a class, of a module."""

    holder: type | None
    name: str
    codes: tuple[CodeType, ...]
    #: What its code uses, and the names of functions that it holds: a dataclass's `__init__` its factories.
    names: frozenset[str]
    held: frozenset[str]


def units_of(tracked: Tracked) -> Iterator[Unit]:
    """The functions of a module, and the methods of its classes, those within included."""
    todo: list[tuple[type | None, str, object]] = [(None, *item) for item in list(tracked.namespace.items())]
    while todo:
        holder, name, value = todo.pop()
        if is_a(value, type):
            inside = holder is None or locate.qualname_of(value).startswith(f"{locate.qualname_of(holder)}.")
            if inside and locate.made_by(value, tracked):
                todo += [(value, member, each) for member, each in list(locate.class_dict(value).items())]
        elif is_a(value, FunctionType):
            if value.__globals__ is tracked.namespace:
                yield _unit(holder, name, [value])
        elif callable(value) or is_a(value, *HOLDING):
            functions = [each.function for each in locate.unwrap(value)]
            ours = [each for each in functions if each.__globals__ is tracked.namespace]
            if ours:
                yield _unit(holder, name, ours)


def _unit(holder: type | None, name: str, functions: list[FunctionType]) -> Unit:
    codes = tuple(code for each in functions for code in all_codes(each.__code__))
    values = [locate.cell_content(cell) for each in functions for cell in each.__closure__ or ()]
    # A member may be a function of the module: `show = staticmethod(show)`.
    values += [each for each in functions if holder is not None and each.__qualname__ == each.__name__]
    held = frozenset(each.__name__ for each in values if is_a(each, FunctionType))
    return Unit(holder, name, codes, frozenset(names_in(codes)), held)
