"""Routes: what each has read of its function and of models when it was made, and where it stands."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from reloadr.integrations.placed import Call, put_in_order
from reloadr.integrations.pydantic import living_type
from reloadr.plugins import is_a

__all__ = [
    "CALL",
    "Facts",
    "call_of",
    "facts_of",
    "fingerprint",
    "forget",
    "in_place",
    "is_api",
    "make_anew",
    "record",
    "share_places",
    "with_living_models",
]


@dataclasses.dataclass
class Facts:
    """A route before the save."""

    route: Any
    #: Its function with what it depends on, as they were read.
    fingerprint: object
    #: What was computed from the function, rather than told.
    computed: set[str]


def forget() -> None:
    """Whether callables are coroutines or generators, and of what signature."""
    for module in ("fastapi.dependencies.models", "fastapi.dependencies.utils", "fastapi.routing"):
        for value in list(vars(sys.modules.get(module, sys)).values()):
            if is_a(value, functools._lru_cache_wrapper):
                value.cache_clear()


# ---- routes -----------------------------------------------------------------------------------------


def is_api(route: Any) -> bool:
    from fastapi.routing import APIRoute, APIWebSocketRoute

    return is_a(route, APIRoute, APIWebSocketRoute)


def _calls(dependant: Any) -> Iterator[Any]:
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def fingerprint(route: Any) -> object:
    return [_read_of(call) for call in (route.endpoint, *_calls(route.dependant))]


def _read_of(call: Any) -> object:
    called: Any = vars(call).get("__init__") if is_a(call, type) else getattr(call, "__func__", call)
    function = inspect.unwrap(called) if callable(called) else None
    code = getattr(function, "__code__", None)
    if code is None:
        return id(call)
    assert function is not None
    values = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    annotations = [(name, id(value)) for name, value in function.__annotations__.items()]
    return (
        names,
        code.co_flags,
        function.__name__,
        function.__doc__,
        [(id(each), repr(each)) for each in values],
        annotations,
    )


def facts_of(route: Any) -> Facts:
    from fastapi.dependencies.utils import get_typed_return_annotation

    end = route.endpoint
    computed = {"name"} if route.name == getattr(end, "__name__", None) else set()
    if hasattr(route, "response_model"):
        if route.description == inspect.cleandoc(end.__doc__ or "").split("\f")[0].strip():
            computed.add("description")
        if route.response_model is None or route.response_model == get_typed_return_annotation(end):
            computed.add("response_model")
    return Facts(route, fingerprint(route), computed)


def make_anew(route: Any, computed: set[str]) -> None:
    """The same route, with what is computed from its function now."""
    parameters = inspect.signature(type(route).__init__).parameters
    told = [name for name in parameters if name not in ("self", "path", "endpoint", *computed) and hasattr(route, name)]
    words = {name: getattr(route, name) for name in told}
    if "dependencies" in words:
        words["dependencies"] = list(words["dependencies"])
    route.__init__(route.path, route.endpoint, **with_living_models(words))


def with_living_models(words: dict[str, Any]) -> dict[str, Any]:
    """What a route is told, with models as they are by now."""
    told = dict(words)
    if "response_model" in told:
        told["response_model"] = living_type(told["response_model"])
    if told.get("responses"):
        told["responses"] = {status: _with_model(each) for status, each in told["responses"].items()}
    return told


def _with_model(told: Any) -> Any:
    """What is said of an answer, whose model may be another class by now."""
    return {**told, "model": living_type(told["model"])} if "model" in told else told


def in_place(routes: list[Any], before: list[Any]) -> None:
    """Puts routes that were registered anew where their functions stand in the source."""
    old = {id(each) for each in before}
    put_in_order(routes, lambda each: id(each) not in old, lambda each: _line(each) or ("", 0))


def share_places(routes: list[Any], moved: list[Any]) -> None:
    """Routes whose functions or lines changed places share their places in the order of their lines."""
    slots = [at for at, each in enumerate(routes) if _is_of(each, moved)]
    found = sorted((routes[at] for at in slots), key=lambda each: (_line(each) or ("", 0))[1])
    for at, route in zip(slots, found, strict=True):
        routes[at] = route


def _is_of(route: Any, moved: list[Any]) -> bool:
    call = call_of(route)
    if call is not None:
        return call.is_at_load and call.text in moved
    return any(getattr(route, "endpoint", None) is one for one in moved)


def call_of(route: Any) -> Call | None:
    """The statement that registered a route, if it was no decorator."""
    call = vars(route).get(CALL)
    return call if call is not None and not call.is_decorator else None


def _line(route: Any) -> tuple[str, int] | None:
    call = call_of(route)
    if call is not None and call.is_at_load:
        return call.path, call.line_now() or call.line
    function = inspect.unwrap(getattr(route, "endpoint", None) or (lambda: None))
    code = getattr(function, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None and hasattr(route, "endpoint") else None


# ---- under `reloadr run` ----------------------------------------------------------------------------

#: Methods of routers that statements call.
_STATEMENTS = ("include_router", "add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route")
CALL = "_reloadr_call"


def record(routing: ModuleType) -> None:
    for name in (*_STATEMENTS, "mount", "host"):
        setattr(routing.APIRouter, name, _recorded(getattr(routing.APIRouter, name)))


def _recorded(plain: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(plain)
    def method(self: Any, *arguments: Any, **options: Any) -> object:
        before = len(self.routes)
        done = plain(self, *arguments, **options)
        for route in self.routes[before:]:
            if CALL not in vars(route):
                call = Call(plain.__name__, arguments, options)
                call.locate(sys._getframe(1))
                setattr(route, CALL, call)
        return done

    return method
