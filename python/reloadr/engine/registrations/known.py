"""Decorators that are known to register nothing, and what others may ask about a definition."""

from __future__ import annotations

from collections.abc import Collection

from reloadr._core import Node
from reloadr.source.statements import decorator_name

#: Decorators that do not look at the signature of what they decorate.
TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "property",
        "cached_property",
        "lru_cache",
        "cache",
        "wraps",
        "abstractmethod",
        "contextmanager",
        "asynccontextmanager",
        "override",
        "overload",
        "final",
        "no_type_check",
        "deprecated",
        "setter",
        "getter",
        "deleter",
        "total_ordering",
        "autoreload",
    }
)
#: Decorators that wrap but do not register.
_NOT_REGISTERING = frozenset({"dataclass", "singledispatch", "singledispatchmethod", "unique", "runtime_checkable"})

#: Functions that use these make a container where a key is new.
ON_DEMAND = frozenset({"setdefault", "defaultdict"})
#: Functions that use these have an order of their own for what is registered.
SORTING = frozenset({"sort", "sorted", "insort", "insort_left", "insort_right", "bisect", "heappush"})

_SIGNATURE = frozenset(
    {"signature", "Signature", "getfullargspec", "getcallargs", "get_type_hints", "get_annotations", "__annotations__"}
    | {"__annotate__", "__defaults__", "__kwdefaults__", "__code__", "__signature__"}
)
#: By facet of a function: what code that asks about it has to mention.
_ASKED = {
    "name": frozenset({"__name__", "__qualname__"}),
    "docstring": frozenset({"__doc__", "getdoc"}),
    "kind": frozenset({"iscoroutinefunction", "isasyncgenfunction", "isgeneratorfunction", "co_flags"}),
    "signature": _SIGNATURE,
    "annotations": _SIGNATURE,
    "defaults": _SIGNATURE,
}


def may_register(node: Node) -> bool:
    """Whether a decorator of a definition is not known to register nothing."""
    names = {decorator_name(part).rpartition(".")[2] for part in node.decorators}
    return not names <= TRANSPARENT | _NOT_REGISTERING


def asks_about(words: Collection[str], facets: Collection[str]) -> bool:
    """Whether code that uses these names may have read one of these facets of a function."""
    return any(not _ASKED[facet].isdisjoint(words) for facet in facets if facet in _ASKED)


__all__ = ["ON_DEMAND", "SORTING", "TRANSPARENT", "asks_about", "may_register"]
