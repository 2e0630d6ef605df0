"""The variables of a frame, and what becomes of each when the frame goes on in other code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import CellType, CodeType, FunctionType
from typing import Any, NamedTuple, cast

from reloadr.live.kinds import is_a

Source = int | tuple[object] | None
"""What a slot holds afterwards: what an earlier slot held, an object, or nothing."""


class Missing:
    """What stands for a variable without a value."""


MISSING = Missing()


def has_gaps(slots: list[object]) -> bool:
    """Whether some slots hold nothing."""
    return any(each is MISSING for each in slots)


def from_place(sequence: Iterable[object], place: int) -> Iterator[object]:
    """What gives the items of a sequence from a place on."""
    iterator: Any = iter(sequence)
    try:
        iterator.__setstate__(place)
    except AttributeError:
        return islice(iterator, place, None)
    return cast("Iterator[object]", iterator)


def names_of(code: CodeType) -> list[str]:
    """The variables of a frame in the order of its slots."""
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return [*code.co_varnames, *cells, *code.co_freevars]


def capacity(code: CodeType) -> int:
    """How many slots a frame of this code has, its stack included."""
    return len(names_of(code)) + code.co_stacksize


class Variables(NamedTuple):
    """Where the variables of the new code come from."""

    sources: list[Source]
    #: Those that have a value.
    bound: frozenset[str]


def carried(old: CodeType, slots: list[object], new: CodeType, function: FunctionType) -> Variables:
    """The variables of a frame of `old`, for `new`, which `function` runs by now."""
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    was = {name: number for number, name in enumerate(names_of(old))}
    sources: list[Source] = []
    bound: set[str] = set()
    for name in names_of(new):
        number = was.get(name) if name not in old.co_freevars else None
        held = MISSING if number is None else slots[number]
        source: Source
        if name in new.co_freevars:
            source, value = (closure[name],), _content(closure[name])
        elif name in new.co_cellvars:
            source, value = _in_a_cell(number, held, name in old.co_cellvars)
        elif name in old.co_cellvars and is_a(held, CellType):
            value = _content(held)
            source = None if value is MISSING else (value,)
        else:
            source, value = (None if held is MISSING else number), held
        sources.append(source)
        if value is not MISSING:
            bound.add(name)
    return Variables(sources, frozenset(bound))


def _in_a_cell(number: int | None, held: object, is_cell: bool) -> tuple[Source, object]:
    """For a variable that inner functions share from now on: its cell, and what that holds."""
    if is_cell and is_a(held, CellType):
        return number, _content(held)
    return ((CellType(),) if held is MISSING else (CellType(held),)), held


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


__all__ = ["MISSING", "Source", "Variables", "capacity", "carried", "from_place", "has_gaps", "names_of"]
