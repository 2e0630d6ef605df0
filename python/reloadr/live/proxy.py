"""Stands for a callable that cannot be patched where it lives: a builtin, a `functools.partial`, a callable instance, a
compiled dispatcher.

When the statement that made the callable is edited, whoever holds the proxy calls the new one. Apart from `type()` and
`is`, a proxy behaves as what it stands for: each type of callable gets a proxy class of its own, with exactly the
special methods that the type has, so that `hasattr`, `callable`, descriptors and abstract base classes see no
difference. Attributes, `__class__` among them, are the target's.

Why not the callable itself: nothing in it can be exchanged, and holders of it (containers, closures, other objects)
cannot be found.
"""

from __future__ import annotations

import copyreg
import sys
import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any

from reloadr.live.kinds import is_a

__all__ = ["Cell", "Proxy", "is_proxy", "proxy_for", "target_of"]

#: Special methods that are looked up on the type, so each must be there if and only if the target's type has it.
# fmt: off
_UNARY = (
    "call", "get", "set", "delete", "set_name", "len", "length_hint", "getitem", "setitem", "delitem", "missing",
    "contains", "iter", "next", "reversed", "bool", "int", "float", "complex", "index", "str", "repr", "format",
    "bytes", "fspath", "dir", "neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil", "enter", "exit",
    "aenter", "aexit", "await", "aiter", "anext",
)
_BINARY = (
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift", "and",
    "xor", "or",
)
# fmt: on
_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")
_ALWAYS = ("__str__", "__repr__", "__format__", "__dir__", *(f"__{each}__" for each in _COMPARING))


class Cell:
    """What the proxies of one name stand for."""

    __slots__ = ("__weakref__", "_hash", "proxies", "target")

    def __init__(self, target: object) -> None:
        self.target = target
        self.proxies: weakref.WeakSet[_Holder] = weakref.WeakSet()
        self._hash: int | None = None

    def hash(self) -> int:
        """That of the first target that was asked for it: keys of dicts must stay what they are."""
        if self._hash is None:
            self._hash = hash(self.target)
        return self._hash

    def point_at(self, target: object) -> None:
        """From now on all its proxies stand for another object."""
        is_other_type = type(target) is not type(self.target)
        self.target = target
        if is_other_type:
            for holder in list(self.proxies):
                holder.dress(type(target))


class _Holder:
    """A weak reference to a proxy. The proxy itself is compared and hashed as its target, so sets cannot hold it."""

    __slots__ = ("__weakref__", "cell", "made", "proxy")

    def __init__(self, proxy: Proxy, cell: Cell) -> None:
        self.proxy = weakref.ref(proxy)
        self.cell = cell
        #: What it was made for, which it stands for again when its name is bound to it again by an undo.
        self.made = cell.target

    def dress(self, kind: type) -> None:
        proxy = self.proxy()
        if proxy is not None:
            object.__setattr__(proxy, "__class__", _class_for(kind))

    def join(self, cell: Cell) -> None:
        """Shares another cell with the proxies that had the name before."""
        self.cell = cell
        cell.proxies.add(self)
        self.dress(type(cell.target))


class Proxy:
    """Stands for a callable; see the module."""

    __slots__ = ("__weakref__", "_reloadr_holder")
    _reloadr_holder: _Holder

    def __getattribute__(self, name: str) -> Any:
        own = _OWN.get(name)
        if own is not None:
            return own.__get__(self)
        return getattr(target_of(self), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(target_of(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(target_of(self), name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """As the target: by value, or by the name under which it is found."""
        target = target_of(self)
        how: Any
        if is_a(target, FunctionType, type):
            how = target.__qualname__
        elif type(target) in copyreg.dispatch_table:
            how = copyreg.dispatch_table[type(target)](target)
        else:
            how = target.__reduce_ex__(protocol)
        if not isinstance(how, str) or _named(target, how) is self:
            return how
        # A function that hands back what it gets, and that every process has.
        return max, ((target,),)

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(2)


class _Signature:
    """`inspect` would read the signature off the proxy's own `__call__`."""

    def __get__(self, proxy: object, owner: object = None) -> Any:
        import inspect

        target = target_of(proxy)
        try:
            return getattr(target, "__signature__", None) or inspect.signature(target)
        except (TypeError, ValueError) as error:
            raise AttributeError(f"no signature: {error}") from None


_HOLDER: Any = Proxy.__dict__["_reloadr_holder"]
_OWN: dict[str, Any] = {
    "__reduce_ex__": Proxy.__dict__["__reduce_ex__"],
    "__reduce__": Proxy.__dict__["__reduce__"],
    "__signature__": _Signature(),
}


def is_proxy(value: object) -> bool:
    """Whether it is a proxy, which `isinstance` tells as well, but this is said of nothing else."""
    return issubclass(type(value), Proxy)


def holder_of(proxy: object) -> _Holder:
    """What a proxy is tied to."""
    holder: _Holder = _HOLDER.__get__(proxy)
    return holder


def target_of(value: object) -> Any:
    """What a proxy stands for; of any other object, itself."""
    while issubclass(type(value), Proxy):
        value = holder_of(value).cell.target
    return value


def proxy_for(target: object) -> Any:
    """A new proxy, which calls what it stands for."""
    cell = Cell(target)
    proxy = object.__new__(_class_for(type(target)))
    holder = _Holder(proxy, cell)
    _HOLDER.__set__(proxy, holder)
    cell.proxies.add(holder)
    return proxy


def _named(target: object, qualname: str) -> object:
    found: object = sys.modules.get(getattr(target, "__module__", None) or "")
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found


# ---- a class for each type of target --------------------------------------------------------------

_classes: weakref.WeakKeyDictionary[type, type[Proxy]] = weakref.WeakKeyDictionary()


def _class_for(kind: type) -> type[Proxy]:
    found = _classes.get(kind)
    if found is None:
        namespace: dict[str, object] = {"__slots__": (), "__hash__": _hash if kind.__hash__ is not None else None}
        namespace |= {name: method for name, method in _FORWARDED.items() if name in _ALWAYS or _has(kind, name)}
        found = _classes[kind] = type("Proxy", (Proxy,), namespace)
    return found


def _has(kind: type, name: str) -> bool:
    """Whether instances have a special method; of a class `hasattr` would find its metaclass's as well."""
    return any(base.__dict__.get(name) is not None for base in kind.__mro__)


def _hash(self: Proxy) -> int:
    return holder_of(self).cell.hash()


def _call(self: Proxy, /, *args: Any, **kwargs: Any) -> Any:
    return _HOLDER.__get__(self).cell.target(*args, **kwargs)


def _no_signature() -> None:
    raise ValueError("no signature found")


# Where the target's cannot be told, that of `_call` must not be taken for it.
_call.__signature__ = _no_signature  # type: ignore[attr-defined]


def _get(self: Proxy, instance: object, owner: type | None = None) -> Any:
    target = target_of(self)
    found = type(target).__get__(target, instance, owner)
    return self if found is target else found


def _forward(name: str) -> Callable[..., Any]:
    def method(self: Proxy, /, *args: Any, **kwargs: Any) -> Any:
        target = target_of(self)
        return getattr(type(target), name)(target, *args, **kwargs)

    method.__name__ = name
    return method


def _forward_operator(name: str) -> Callable[..., Any]:
    def method(self: Proxy, /, *args: Any) -> Any:
        target = target_of(self)
        return getattr(type(target), name)(target, *map(target_of, args))

    method.__name__ = name
    return method


_FORWARDED: dict[str, Callable[..., Any]] = {
    **{f"__{each}__": _forward(f"__{each}__") for each in _UNARY},
    **{f"__{each}__": _forward_operator(f"__{each}__") for each in _COMPARING},
    **{f"__{way}{each}__": _forward_operator(f"__{way}{each}__") for each in _BINARY for way in ("", "r", "i")},
    "__call__": _call,
    "__get__": _get,
}
