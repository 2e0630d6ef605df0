"""Routers whose arguments changed: each route is registered again, as it was told, with what the router adds by now."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from reloadr.integrations.fastapi import routes
from reloadr.integrations.fastapi.routes import with_living_models
from reloadr.integrations.gate import Gate
from reloadr.integrations.known import Known
from reloadr.integrations.placed import Call
from reloadr.integrations.remade import Given, Remade

__all__ = ["Again", "all_apps", "all_routers", "call_of_any", "record", "remade"]

#: Those of the process, also such as their constructor has refused.
all_apps, all_routers = Known("fastapi.FastAPI"), Known("fastapi.APIRouter")

#: What of a router is added to its routes when they are registered, or asked for. What else an argument may be counts
#: when the application starts.
remade = Remade(
    follows=frozenset(
        {
            *("prefix", "tags", "dependencies", "deprecated", "include_in_schema", "responses", "callbacks"),
            *("default_response_class", "generate_unique_id_function", "strict_content_type", "redirect_slashes"),
        }
    ),
    tables=frozenset({"routes", "lifespan_context", "_routes_version", "_low_priority_routes", "_frontend_routes"}),
)


#: Closed while routes are out that will be in again.
gate = Gate()


def gated(applications: ModuleType) -> None:
    plain: Callable[..., Any] = applications.FastAPI.__call__

    @functools.wraps(plain)
    async def __call__(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await gate.pass_through()
        await plain(self, scope, receive, send)

    applications.FastAPI.__call__ = __call__


def record(routing: ModuleType) -> None:
    """Under `reloadr run`, from the import of the framework on."""
    routes.record(routing)
    remade.install(routing.APIRouter)


def call_of_any(route: Any) -> Call | None:
    """What registered a route, if it is known: a statement or a decorator."""
    call: Call | None = vars(route).get(routes.CALL)
    return call


class Again:
    """A router that is given other arguments."""

    def __init__(self, router: Any) -> None:
        self._router = router
        self._given = Given(router)
        self._had: list[tuple[Any, dict[str, Any]]] = []
        self._routes: list[Any] | None = None

    def nothing(self) -> None:
        """Before it is known what they are."""

    def give(self, made: dict[str, Any]) -> Callable[[], None]:
        """What is to be done once all is live but the routes."""
        self._given.give(made)
        return self._register_all

    def _register_all(self) -> None:
        self._routes = list(self._router.routes)
        self._router.routes[:] = []
        for route in list(self._routes):
            self._register(route)

    def take_back(self) -> None:
        """As it was."""
        while self._had:
            route, had = self._had.pop()
            vars(route).clear()
            vars(route).update(had)
        self._given.take_back()
        if self._routes is not None:
            self._router.routes[:] = self._routes
            self._routes = None
            _forget_schemas(self._router)

    def _register(self, route: Any) -> None:
        """The same route, for whoever holds it."""
        call = call_of_any(route)
        assert call is not None
        register: Callable[..., object] = getattr(type(self._router), call.name)
        arguments, options = list(call.arguments), dict(call.options)
        if len(arguments) > 1 and hasattr(route, "endpoint"):
            arguments[1] = route.endpoint
        register(self._router, *arguments, **with_living_models(options))
        made = self._router.routes.pop()
        self._had.append((route, dict(vars(route))))
        vars(route).clear()
        vars(route).update({**vars(made), routes.CALL: dataclasses.replace(call)})
        self._router.routes.append(route)


def _forget_schemas(router: Any) -> None:
    router._mark_routes_changed()
    for app in all_apps():
        app.openapi_schema = None
