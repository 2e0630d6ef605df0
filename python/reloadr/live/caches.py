"""Functions of watched modules that have a `functools.cache`: which there are, and which are filled.

Every edit asks, so they are found once, and a question costs no step of Python for each module.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from itertools import compress
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked

__all__ = ["KnownCaches"]

#: What modules and classes have most of, beside functions; by identity, for a metaclass may say what its classes equal.
_PLAIN = frozenset(
    map(id, (str, int, float, bool, bytes, tuple, list, dict, set, frozenset, type(None), property, ModuleType))
)

if TYPE_CHECKING:
    import functools

    Cache = functools._lru_cache_wrapper[Any]


class _Caches(NamedTuple):
    """The caches of a module."""

    tracked: Tracked
    cached: list[tuple[FunctionType, Cache]]
    #: What is false as long as the cache is empty, in the same order.
    results: list[object]


class KnownCaches:
    """The caches of all watched modules, as far as somebody looked."""

    def __init__(self) -> None:
        self._of: dict[str, _Caches] = {}
        #: The modules that may have some.
        self._modules: list[Tracked] = []
        #: Those of them that are still to be looked at.
        self._due: set[str] = set()
        #: All of them by module, and what is false as long as each is empty; None when a module has others.
        self._all: tuple[list[tuple[Tracked, FunctionType, Cache]], list[object]] | None = None
        self._around: dict[FunctionType, list[Cache]] = {}

    def forget(self, name: str) -> None:
        """A module went, or is another."""
        if self._of.pop(name, None) is not None:
            self._all = None
            self._due.add(name)

    def look(self, modules: list[Tracked], anew: Iterable[Tracked]) -> None:
        """Finds the caches of some modules and of no others, but of a few more, which may have others by now."""
        if modules != self._modules:
            names = {tracked.name for tracked in modules}
            for name in self._of.keys() - names:
                self.forget(name)
            self._modules = modules
            self._due = names - self._of.keys()
        for tracked in modules if self._due else ():
            if tracked.name in self._due:
                self._note(tracked)
        for tracked in anew:
            self._note(tracked)
        self._due.clear()

    def _note(self, tracked: Tracked) -> None:
        self._of[tracked.name] = _caches_of(tracked)
        self._all = None

    def around(self, function: FunctionType) -> list[Cache]:
        """The caches that a function has."""
        self._whole()
        return self._around.get(function, [])

    def filled(self) -> Iterator[tuple[Tracked, FunctionType, Cache]]:
        """Those that are not known to be empty, and whose. Where there are many, nearly all are."""
        cached, results = self._whole()
        return compress(cached, results)

    def _whole(self) -> tuple[list[tuple[Tracked, FunctionType, Cache]], list[object]]:
        if self._all is None:
            each = sorted(self._of.values(), key=lambda caches: caches.tracked.number)
            cached = [(caches.tracked, *pair) for caches in each for pair in caches.cached]
            self._all = cached, [result for caches in each for result in caches.results]
            self._around = {}
            for _, function, cache in cached:
                self._around.setdefault(function, []).append(cache)
        return self._all


def _caches_of(tracked: Tracked) -> _Caches:
    cached = list(_cached(tracked))
    return _Caches(tracked, cached, [_results_of(cache) for _, cache in cached])


def _cached(tracked: Tracked) -> Iterator[tuple[FunctionType, Cache]]:
    for value in list(tracked.namespace.values()):
        if is_a(value, type):
            members = list(locate.class_dict(value).values()) if locate.made_in(value, tracked.name) else []
        else:
            members = [value]
        for member in members:
            if id(type(member)) not in _PLAIN and _may_have_one(member):
                for each in locate.unwrap(member):
                    home = each.function.__globals__
                    # One that was imported with its function is found there.
                    if home is tracked.namespace or home.get(each.function.__name__) is not member:
                        yield from ((each.function, cache) for cache in each.wrappers if locate.is_cache(cache))


def _may_have_one(value: object) -> bool:
    if is_a(value, FunctionType):
        return "__wrapped__" in value.__dict__
    return is_a(value, staticmethod, classmethod) or locate.is_cache(value)


def _results_of(cache: Cache) -> object:
    """The dict that a cache keeps its results in as long as it lives: a look at that costs a tenth of `cache_info`.
    True where an interpreter has it otherwise."""
    own = cache.__dict__
    dicts = [each for each in gc.get_referents(cache) if type(each) is dict and each is not own]
    # Results come before it, and may be dicts themselves.
    return dicts[-1] if dicts and len(dicts[-1]) == cache.cache_info().currsize else True
