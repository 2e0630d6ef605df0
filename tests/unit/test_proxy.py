"""A proxy behaves as what it stands for, in everything but `type()` and `is`."""

from __future__ import annotations

import abc
import asyncio
import collections.abc
import copy
import functools
import gc
import inspect
import math
import operator
import pickle
import weakref
from typing import Any

import pytest
from reloadr.live.proxy import holder_of, is_proxy, proxy_for, target_of


def total(price: int, *, tax: int = 1) -> int:
    """Adds them."""
    return price + tax


class Handler:
    """A callable with everything that a type may have."""

    kind = "handler"

    def __init__(self, factor: int = 2) -> None:
        self.factor = factor

    def __call__(self, value: int, /, *rest: int) -> int:
        return self.factor * (value + sum(rest))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handler) and self.factor == other.factor

    def __hash__(self) -> int:
        return hash(self.factor)

    def __len__(self) -> int:
        return self.factor

    def __getitem__(self, at: int) -> int:
        if at >= self.factor:
            raise IndexError(at)
        return at

    def __setitem__(self, at: int, value: int) -> None:
        self.factor = value

    def __contains__(self, value: object) -> bool:
        return value == self.factor

    def __add__(self, other: Any) -> int:
        return self.factor + (other.factor if type(other) is Handler else int(other))

    __radd__ = __add__

    def __iadd__(self, other: int) -> Handler:
        return Handler(self.factor + other)

    def __lt__(self, other: Handler) -> bool:
        return self.factor < other.factor

    def __bool__(self) -> bool:
        return self.factor > 0

    def __enter__(self) -> str:
        return "entered"

    def __exit__(self, *_: object) -> None:
        pass


class Asynchronous:
    """A coroutine function by its `__call__`, and awaitable itself."""

    async def __call__(self, value: int) -> int:
        await asyncio.sleep(0)
        return value + 1

    def __await__(self) -> Any:
        return self(1).__await__()


class Descriptor:
    """A callable that binds, as methods of some frameworks do."""

    def __call__(self, *args: object) -> tuple[object, ...]:
        return args

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> None: ...


#: A callable of each kind, and arguments for it.
TARGETS: list[tuple[Any, tuple[Any, ...]]] = [
    (functools.partial(total, tax=5), (2,)),
    (math.hypot, (3, 4)),
    (len, ([1],)),
    ([].append, (1,)),
    (operator.itemgetter(1), ([1, 2],)),
    (str.upper, ("x",)),
    (Handler(), (1, 2)),
]
IDS = [type(target).__name__ for target, _ in TARGETS]
each = pytest.mark.parametrize(("target", "arguments"), TARGETS, ids=IDS)


@each
def test_call_and_attributes(target: Any, arguments: tuple[Any, ...]) -> None:
    """It returns what the target returns, has its attributes and is listed and shown as it."""
    proxy = proxy_for(target)
    assert is_proxy(proxy) and not is_proxy(target) and target_of(proxy) is target
    assert proxy(*arguments) == target(*arguments)
    for name in dir(target):
        if name not in ("__reduce__", "__reduce_ex__", "__call__", "__class__", "__init__", "__sizeof__"):
            mine, theirs = getattr(proxy, name, None), getattr(target, name, None)
            assert type(mine) is type(theirs), name
    assert (dir(proxy), repr(proxy), str(proxy), f"{proxy}") == (dir(target), repr(target), str(target), f"{target}")
    assert getattr(proxy, "__doc__", None) == getattr(target, "__doc__", None)


@each
def test_types(target: Any, arguments: tuple[Any, ...]) -> None:
    """`isinstance`, abstract base classes, and what `inspect` asks."""
    proxy = proxy_for(target)
    assert isinstance(proxy, type(target)) and proxy.__class__ is type(target)
    kinds = [getattr(collections.abc, name) for name in collections.abc.__all__ if name != "ByteString"]
    kinds = [kind for kind in kinds if isinstance(kind, abc.ABCMeta)]
    assert [isinstance(proxy, kind) for kind in kinds] == [isinstance(target, kind) for kind in kinds]
    asked = [ask for name, ask in vars(inspect).items() if name.startswith("is") and inspect.isfunction(ask)]
    assert [(ask.__name__, ask(proxy)) for ask in asked] == [(ask.__name__, ask(target)) for ask in asked]
    assert callable(proxy)


@each
def test_signature(target: Any, arguments: tuple[Any, ...]) -> None:
    """The target's, or none if it has none."""
    proxy = proxy_for(target)
    try:
        wanted = inspect.signature(target)
    except ValueError:
        with pytest.raises((ValueError, TypeError)):
            inspect.signature(proxy)
    else:
        assert inspect.signature(proxy) == wanted


@each
def test_pickle_and_copy(target: Any, arguments: tuple[Any, ...]) -> None:
    """As the target would be, and read where there is no reloadr."""
    proxy = proxy_for(target)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        try:
            plain = pickle.loads(pickle.dumps(target, protocol))
        except (pickle.PicklingError, AttributeError, TypeError):
            with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
                pickle.dumps(proxy, protocol)
            continue
        data = pickle.dumps(proxy, protocol)
        assert b"reloadr" not in data
        mine = pickle.loads(data)
        assert type(mine) is type(plain) and mine(*arguments) == plain(*arguments)
    assert copy.copy(proxy)(*arguments) == target(*arguments)


def test_pickle_by_name() -> None:
    """What pickles itself by its name, and is found there as the proxy, comes back as the proxy."""

    class Named:
        def __call__(self) -> None: ...

        def __reduce__(self) -> str:
            return "by_name"

    Named.__module__ = __name__
    target = Named()
    target.__module__ = __name__  # type: ignore[assignment]
    globals()["by_name"] = proxy = proxy_for(target)
    assert pickle.loads(pickle.dumps(proxy)) is proxy


def test_special_methods() -> None:
    """Each that the type has, and none that it has not."""
    target, proxy, other = Handler(3), proxy_for(Handler(3)), proxy_for(Handler(5))
    assert len(proxy) == 3 and list(proxy) == [0, 1, 2] and 3 in proxy and proxy[1] == 1 and bool(proxy)
    assert proxy + 1 == 4 and 1 + proxy == 4 and proxy + other == 8 and proxy < other and not other < proxy
    assert proxy == target and target == proxy and proxy == proxy_for(Handler(3)) and proxy != other
    assert hash(proxy) == hash(target) and {proxy: 1}[target] == 1
    with proxy as entered:
        assert entered == "entered"
    proxy[0] = 7
    assert proxy.factor == 7
    held = proxy
    proxy += 1
    assert proxy.factor == 8 and held.factor == 7
    bare = proxy_for(Unhashable())
    for name in ("__len__", "__getitem__", "__iter__", "__get__", "__await__", "__enter__", "__add__"):
        assert not hasattr(bare, name) and not hasattr(type(bare), name)
    for wrong in (lambda: len(bare), lambda: bare[0], lambda: bare + 1, lambda: hash(bare), lambda: iter(bare)):
        with pytest.raises(TypeError):
            wrong()  # type: ignore[no-untyped-call]


def test_attributes_are_set_on_the_target() -> None:
    """And deleted there; class attributes are seen."""
    target = Handler()
    proxy = proxy_for(target)
    proxy.factor, proxy.extra = 9, "x"
    assert (target.factor, target.extra, proxy.kind) == (9, "x", "handler")  # type: ignore[attr-defined]
    del proxy.extra
    assert not hasattr(target, "extra") and vars(proxy) == vars(target)
    with pytest.raises(AttributeError, match="'Handler' object has no attribute 'nothing'"):
        proxy.nothing  # noqa: B018


def test_descriptors() -> None:
    """In a class it binds if its target does, and hears its name."""
    plain = proxy_for(functools.partial(total, tax=5))

    class Owner:
        binding = proxy_for(Descriptor())
        stays = plain

    owner = Owner()
    assert owner.binding(1) == (owner, 1) and Owner.binding(1) == (1,)
    assert Owner.binding is Owner.__dict__["binding"] and Owner.binding.name == "binding"
    if not hasattr(functools.partial, "__get__"):
        assert owner.stays is plain and owner.stays(1) == 6


def test_async() -> None:
    """Coroutine functions are told apart, calls are awaited, and so is the object itself."""
    proxy = proxy_for(functools.partial(Asynchronous().__call__, 4))
    assert inspect.iscoroutinefunction(proxy)
    assert asyncio.run(proxy()) == 5

    async def main() -> Any:
        return await proxy_for(Asynchronous())

    assert asyncio.run(main()) == 2
    assert inspect.isawaitable(proxy_for(Asynchronous())) and not inspect.isawaitable(proxy_for(Handler()))


def test_another_target() -> None:
    """Of another type: who holds the proxy calls it, and finds the proxy under its old key."""
    proxy = proxy_for(functools.partial(total, tax=5))
    held = {proxy: "value"}
    reference, bound = weakref.ref(proxy), functools.partial(proxy, 1)
    assert bound() == 6
    cell = holder_of(proxy).cell
    cell.point_at(Handler(3))
    assert bound() == 3 and isinstance(proxy, Handler) and len(proxy) == 3 and not isinstance(proxy, functools.partial)
    assert held[proxy] == "value" and reference() is proxy
    cell.point_at(total)
    assert inspect.isfunction(proxy) and proxy(1) == 2 and not hasattr(proxy, "__len__")
    assert pickle.loads(pickle.dumps(proxy)) is total


def test_nothing_keeps_it_alive() -> None:
    """Neither it nor its target."""
    target = Handler()
    proxy = proxy_for(target)
    references = [weakref.ref(target), weakref.ref(proxy)]
    del target, proxy
    gc.collect()
    assert [each() for each in references] == [None, None]
