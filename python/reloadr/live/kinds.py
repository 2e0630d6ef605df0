"""Of what type an object is, with nobody asked: for looks at objects of the program.

`isinstance(task, FunctionType)` asks an object that is none for its `__class__`, too. A lazy one answers by being made:
it connects to a database, or raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from typing_extensions import TypeIs

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")


@overload
def is_a(obj: object, kind: type[_A], /) -> TypeIs[_A]: ...
@overload
def is_a(obj: object, kind: type[_A], other: type[_B], /) -> TypeIs[_A | _B]: ...
@overload
def is_a(obj: object, kind: type[_A], other: type[_B], third: type[_C], /) -> TypeIs[_A | _B | _C]: ...
@overload
def is_a(
    obj: object, kind: type[_A], other: type[_B], third: type[_C], fourth: type[_D], /
) -> TypeIs[_A | _B | _C | _D]: ...
@overload
def is_a(obj: object, /, *kinds: type) -> bool: ...


def is_a(obj: object, /, *kinds: type) -> bool:
    """`isinstance` by the true type."""
    return issubclass(type(obj), kinds)
