"""Of what type an object is, with nobody asked: for looks at objects of the program.

`isinstance(task, FunctionType)` asks an object that is none for its `__class__`, too. A lazy one answers by being made:
it connects to a database, or raises.
"""

from __future__ import annotations

import builtins
import functools
import gc
import types
from typing import TYPE_CHECKING, Any, TypeVar, overload

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


_LAZY: tuple[type, ...] = (types.LazyImportType,) if hasattr(types, "LazyImportType") else ()


def is_lazy_import(obj: object, /) -> bool:
    """Whether it stands for what a `lazy import` will bring (CPython 3.15 and later): nobody has used the name yet."""
    return any(type(obj) is each for each in _LAZY)


_FROZEN: tuple[type, ...] = (builtins.frozendict,) if hasattr(builtins, "frozendict") else ()


def entries_of(obj: object, /) -> dict[Any, object] | None:
    """The keys and values of a dict, of a view that shows one (`MappingProxyType`), or of one that cannot be changed
    (CPython 3.15 and later); None of other objects."""
    if is_a(obj, dict):
        return obj
    if is_a(obj, types.MappingProxyType):
        # What it shows may be a mapping of the user's.
        return next((each for each in gc.get_referents(obj) if is_a(each, dict)), None)
    # By identity: a metaclass may say what its classes are equal to.
    return dict(obj) if any(type(obj) is each for each in _FROZEN) else None  # type: ignore[call-overload]


def dispatched(obj: object, /) -> list[object] | None:
    """The functions that `singledispatch` chooses from; None for anything else."""
    if type(obj) is not types.FunctionType or obj.__globals__ is not vars(functools):
        return None
    if obj.__code__.co_qualname != "singledispatch.<locals>.wrapper":
        return None
    registry = obj.__dict__.get("registry")
    return list(registry.values()) if type(registry) is types.MappingProxyType else None


def is_heap_type(cls: type) -> bool:
    """Whether a class was made while the program ran, as the interpreter's own were not: `Py_TPFLAGS_HEAPTYPE`."""
    return bool(cls.__flags__ & (1 << 9))
