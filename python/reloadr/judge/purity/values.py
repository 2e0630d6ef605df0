"""Abstract values: what the walk knows of a value, a container's items and a call's arguments.

A `Value` is a set of possible types, the live object if there is just one, and the `Cell`s that hold the join
of a container's items. Cells of objects made during the evaluation are *fresh*: `out.append(x)` is then
invisible from outside. Aliases share a cell. Cells only grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reloadr.judge.static import NOTHING


class Impure(Exception):
    """The walk met something that is not known to be free of effects."""


class Cell:
    """The join of what a container, variable or return may hold; it only ever grows."""

    __slots__ = ("fresh", "inner")

    def __init__(self, fresh: bool) -> None:
        self.fresh = fresh
        self.inner = NEVER


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What is known of a value: its possible types (None: any), its cells, itself if it is just one."""

    types: frozenset[type] | None
    cells: frozenset[Cell] = frozenset()
    known: object = NOTHING


NEVER = Value(frozenset())
ANY = Value(None)


def of(*kinds: type) -> Value:
    """A value of one of these types, with nothing inside."""
    return Value(frozenset(kinds))


STR, INT, BOOL, NONE = of(str), of(int), of(bool), of(type(None))


def join(*values: Value) -> Value:
    """What is known of a value that is any one of these."""
    result = NEVER
    for value in values:
        if result.types == frozenset():
            result = value
        elif value is not result and value.types != frozenset():
            kinds = None if result.types is None or value.types is None else result.types | value.types
            known = result.known if result.known is value.known else NOTHING
            result = Value(kinds, result.cells | value.cells, known)
    return result


def covers(wide: Value, narrow: Value) -> bool:
    """Whether `narrow` adds nothing to `wide`."""
    joined = join(wide, narrow)
    return joined.types == wide.types and joined.cells == wide.cells and joined.known is wide.known


@dataclass(slots=True)
class Arguments:
    """What a call is given."""

    positional: list[Value]
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: Value | None = None  # what `*` and `**` may bring, at any place

    def all(self) -> list[Value]:
        return [*self.positional, *self.keywords.values(), *([] if self.rest is None else [self.rest])]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method together with what it is bound to."""

    function: Value
    owner: Value


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A key and a value of a living dict, as `items()` gives them."""

    key: Value
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a library type, not called yet."""

    owner: Value
    name: str
