"""Decorators that are known to register nothing, and what others may ask about a definition."""

from __future__ import annotations

from collections.abc import Collection
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.kinds import is_a
from reloadr.source.statements import decorator_name
from reloadr.stage.steps import MISSING

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


def may_register(work: Work, node: Node) -> bool:
    """Whether a decorator of a definition is not known to register nothing."""
    return not all(is_known(work, decorator_name(part), TRANSPARENT | _NOT_REGISTERING) for part in node.decorators)


def is_known(work: Work, name: str, known: frozenset[str]) -> bool:
    """Whether a decorator is one of those that are known by what they are called, and none of the user's own."""
    return name.rpartition(".")[2] in known and not _is_users(named(work, name))


def named(work: Work, name: str) -> object:
    """What the name of a decorator means in its module; MISSING if nothing that can be told."""
    head, *rest = name.split(".")
    value: object = work.tracked.namespace.get(head, MISSING)
    for part in rest:
        value = getattr(value, "__dict__", {}).get(part, MISSING)
    return value


def _is_users(value: object) -> bool:
    if is_a(value, FunctionType):
        return is_user_code(value.__code__.co_filename)
    functions = list(locate.class_dict(value).values()) if is_a(value, type) else []
    return any(is_a(each, FunctionType) and is_user_code(each.__code__.co_filename) for each in functions)


def asks_about(words: Collection[str], facets: Collection[str]) -> bool:
    """Whether code that uses these names may have read one of these facets of a function."""
    return any(not _ASKED[facet].isdisjoint(words) for facet in facets if facet in _ASKED)


__all__ = ["ON_DEMAND", "SORTING", "TRANSPARENT", "asks_about", "is_known", "may_register", "named"]
