"""FastAPI: what its routes computed from functions and models when they were made, and where they stand.

A route reads the signature of its function, of what that depends on, and the models in both, once. So does the schema.
Routes whose function, dependencies or models changed are made anew in their place, with what they were told; those that
were registered anew go where their function stands in the source.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule, has_member, instances

#: What of a function a route has read.
_READ = frozenset({"signature", "defaults", "annotations", "docstring", "kind", "name", "type parameters"})


@dataclasses.dataclass
class _Facts:
    """A route before the save."""

    route: Any
    #: Its function with what it depends on, as they were read.
    fingerprint: object
    #: What was computed from the function, rather than told.
    computed: set[str]


class _Save:
    """What is known of the routes before one save."""

    def __init__(self) -> None:
        self.facts: dict[int, _Facts] = {}
        self.orders: list[tuple[Any, list[Any]]] = []
        self.apps: list[Any] = []
        self.all_models = False
        self.begun = False

    def begin(self, reload: Reload) -> None:
        if not self.begun:
            self.begun = True
            routers, self.apps = _living()
            for router in routers:
                self.orders.append((router, list(router.routes)))
                self.facts.update((id(each), _facts_of(each)) for each in router.routes if _is_api(each))
        reload.after(self.end)

    def end(self) -> None:
        """Once all is live, or taken back."""
        facts, orders, apps, all_models = self.facts, self.orders, self.apps, self.all_models
        self.facts, self.orders, self.apps, self.all_models, self.begun = {}, [], [], False, False
        _forget()
        for router, before in orders:
            _in_place(router.routes, before)
            for route in router.routes:
                known = facts.get(id(route))
                if known is not None and (all_models or known.fingerprint != _fingerprint(route)):
                    _make_anew(route, known.computed)
            if hasattr(router, "_mark_routes_changed"):
                router._mark_routes_changed()
        for app in apps:
            app.openapi_schema = None


_save = _Save()


def _living() -> tuple[list[Any], list[Any]]:
    """The routers and applications of the process."""
    from fastapi import APIRouter, FastAPI

    found = instances(APIRouter, FastAPI)
    return [each for each in found if isinstance(each, APIRouter)], [
        each for each in found if isinstance(each, FastAPI)
    ]


def _forget() -> None:
    """Whether callables are coroutines or generators, and of what signature."""
    for module in ("fastapi.dependencies.models", "fastapi.dependencies.utils", "fastapi.routing"):
        for value in list(vars(sys.modules.get(module, sys)).values()):
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()


# ---- routes -----------------------------------------------------------------------------------------


def _is_api(route: Any) -> bool:
    from fastapi.routing import APIRoute, APIWebSocketRoute

    return isinstance(route, (APIRoute, APIWebSocketRoute))


def _calls(dependant: Any) -> Iterator[Any]:
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def _fingerprint(route: Any) -> object:
    return [_read_of(call) for call in (route.endpoint, *_calls(route.dependant))]


def _read_of(call: Any) -> object:
    called: Any = vars(call).get("__init__") if isinstance(call, type) else getattr(call, "__func__", call)
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


def _facts_of(route: Any) -> _Facts:
    from fastapi.dependencies.utils import get_typed_return_annotation

    end = route.endpoint
    computed = {"name"} if route.name == getattr(end, "__name__", None) else set()
    if hasattr(route, "response_model"):
        if route.description == inspect.cleandoc(end.__doc__ or "").split("\f")[0].strip():
            computed.add("description")
        if route.response_model is None or route.response_model == get_typed_return_annotation(end):
            computed.add("response_model")
    return _Facts(route, _fingerprint(route), computed)


def _make_anew(route: Any, computed: set[str]) -> None:
    """The same route, with what is computed from its function now."""
    parameters = inspect.signature(type(route).__init__).parameters
    told = [name for name in parameters if name not in ("self", "path", "endpoint", *computed) and hasattr(route, name)]
    words = {name: getattr(route, name) for name in told}
    if "dependencies" in words:
        words["dependencies"] = list(words["dependencies"])
    route.__init__(route.path, route.endpoint, **words)


def _in_place(routes: list[Any], before: list[Any]) -> None:
    """Puts routes that were registered anew where their functions stand in the source."""
    old = {id(each) for each in before}
    fresh = [each for each in routes if id(each) not in old]
    for route in fresh if len(fresh) < len(routes) else ():
        line = _line(route)
        routes.remove(route)
        later = (at for at, each in enumerate(routes) if line is not None and _is_below(_line(each), line))
        routes.insert(next(later, len(routes)), route)


def _line(route: Any) -> tuple[str, int] | None:
    function = inspect.unwrap(getattr(route, "endpoint", None) or (lambda: None))
    code = getattr(function, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None and hasattr(route, "endpoint") else None


def _is_below(other: tuple[str, int] | None, line: tuple[str, int]) -> bool:
    return other is not None and other[0] == line[0] and other[1] > line[1]


# ---- what is asked ----------------------------------------------------------------------------------


def _holders(change: Change) -> list[Any]:
    """The routers that a change is about; an application stands for its own."""
    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return [getattr(each, "router", each) for each in found if each is not None]


def _names(change: Change) -> set[str]:
    return {getattr(method, "__name__", "") for method, _ in (*change.called, *change.calls)}


def _registration(change: Change, reload: Reload) -> None:
    """Something that is registered with an application or router comes, goes, or is registered anew."""
    names = _names(change)
    if change.action == "changed" and change.facets and _READ.union(["decorators"]).isdisjoint(change.facets):
        return
    if names & {"middleware", "add_middleware", "on_event"}:
        reload.restart("it counts when the application starts, in its order")
    if not change.name and change.action != "added":
        reload.restart("what the old line registered is known by its arguments only")
    _save.begin(reload)
    gone = change.old is not MISSING and (change.action == "removed" or "decorators" in change.facets)
    for router in _holders(change):
        # Also where none goes: the routes are as they were, if the save is taken back.
        put = functools.partial(router.routes.__setitem__, slice(None))
        left = [each for each in router.routes if not gone or getattr(each, "endpoint", None) is not change.old]
        reload.do(functools.partial(put, left), functools.partial(put, list(router.routes)))


def _handlers(change: Change, reload: Reload) -> None:
    """Handlers of exceptions: the stack that holds them is made anew for the next request."""
    gone = change.action == "removed" or "decorators" in change.facets
    for method, _ in (*change.called, *change.calls):
        app = getattr(method, "__self__", None)
        if app is None or not hasattr(app, "exception_handlers"):
            continue
        for kind, held in list(app.exception_handlers.items()) if gone else ():
            if held is change.old:
                back = functools.partial(app.exception_handlers.__setitem__, kind, held)
                reload.do(functools.partial(app.exception_handlers.pop, kind), back)
        reload.after(functools.partial(setattr, app, "middleware_stack", None))


def _function(change: Change, reload: Reload) -> None:
    """A function that a route, or what it depends on, may be."""
    if not _READ.isdisjoint(change.facets):
        _save.begin(reload)


def _is_model(value: object) -> bool:
    if not isinstance(value, type):
        return False
    marks = ("__dataclass_fields__", "_member_map_", "__pydantic_fields__")
    return any(has_member(value, mark) for mark in marks)


def _value(change: Change, reload: Reload) -> None:
    """A model, or a name that defaults or annotations may be computed from."""
    if any(map(_is_model, (*change.owners, change.old, change.new, *change.bases))):
        if not (inspect.isfunction(change.old) and change.facets):
            _save.begin(reload)
            _save.all_models = True
    elif not change.owners and not inspect.isfunction(change.old):
        _save.begin(reload)


def _application(change: Change, reload: Reload) -> None:
    if change.action == "changed" and not change.owners:
        reload.restart("the server holds the one that it was started with")


def _heard(change: Change, reload: Reload) -> bool:
    """It was taken back before, and is read again."""
    return bool(change.name)


_REGISTERING = ["fastapi.routing.APIRouter", "fastapi.applications.FastAPI", "starlette.applications.Starlette"]

plugin = Plugin(
    "fastapi",
    rules=[
        Rule(types=["fastapi.applications.FastAPI", "fastapi.routing.APIRouter"], before=_application),
        Rule(
            calls=[
                "fastapi.routing.APIRouter.*",
                "fastapi.applications.FastAPI.*",
                "starlette.applications.Starlette.*",
            ],
            registers=True,
            before=lambda change, reload: (
                _handlers if _names(change) & {"exception_handler", "add_exception_handler"} else _registration
            )(change, reload),
            answers=dict.fromkeys(["RL204", "RL205", "RL218"], _heard),
        ),
        Rule(types=["builtins.function"], before=_function),
        Rule(types=["builtins.object"], names=["*"], before=_value, changed=_value),
    ],
    # It counts what was ever registered, so that copies of the routes are made anew.
    computed=["fastapi.routing.APIRouter._routes_version"],
)
