"""One save: routes that came, went or were registered anew, in the order of the source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from reloadr.integrations.fastapi import middleware
from reloadr.integrations.fastapi.routers import Again, all_apps, all_routers, call_of_any, gate, remade
from reloadr.integrations.fastapi.routes import (
    Facts,
    call_of,
    facts_of,
    fingerprint,
    forget,
    in_place,
    is_api,
    make_anew,
    share_places,
)
from reloadr.integrations.pydantic import is_read_by_models, models
from reloadr.plugins import MISSING, Change, Reload, is_a

__all__ = ["application", "function", "made_by", "of_model", "override", "registration", "save", "value"]


#: What of a function a route has read.
_READ = frozenset({"signature", "defaults", "annotations", "docstring", "kind", "name", "type parameters", "body"})


class Save:
    """What is known of the routes before one save."""

    def __init__(self) -> None:
        self.facts: dict[int, Facts] = {}
        self.orders: list[tuple[Any, list[Any]]] = []
        self.apps: list[Any] = []
        self.all_models = False
        #: Whether more changed than functions within functions.
        self.has_worked = False
        self.begun = False
        #: Functions that changed places in the source, and lines that did.
        self.moved: list[Any] = []
        #: What is to be done once all is live, before routes are put in order.
        self.first: list[Callable[[], object]] = []

    def move(self, change: Change, reload: Reload) -> None:
        """A route, or a line that gives routes or middleware, changed places with others."""
        names = {getattr(method, "__name__", "") for method, _ in change.calls}
        if names & {"middleware", "add_middleware"}:
            middleware.moved(change, reload)
        elif _holders(change):
            self.begin(reload)
            self.moved.append(change.new if change.name else change.source)

    def begin(self, reload: Reload) -> None:
        if not self.begun:
            self.begun = True
            routers, self.apps = routers_and_apps()
            for router in routers:
                self.orders.append((router, list(router.routes)))
                self.facts.update((id(each), facts_of(each)) for each in router.routes if is_api(each))
        reload.after(self.end)

    def end(self) -> None:
        """Once all is live, or taken back."""
        facts, orders, apps, all_models, moved = self.facts, self.orders, self.apps, self.all_models, self.moved
        self.facts, self.orders, self.apps, self.all_models, self.begun, self.moved = {}, [], [], False, False, []
        self.has_worked = False
        first, self.first = self.first, []
        forget()
        for each in first:
            each()
        if all_models:
            models.settle()
        for router, before in orders:
            in_place(router.routes, before)
            share_places(router.routes, moved)
            for route in router.routes:
                known = facts.get(id(route))
                if known is not None and (all_models or known.fingerprint != fingerprint(route)):
                    make_anew(route, known.computed)
            if hasattr(router, "_mark_routes_changed"):
                router._mark_routes_changed()
        for app in apps:
            app.openapi_schema = None
        gate.open()


save = Save()


def routers_and_apps() -> tuple[list[Any], list[Any]]:
    """The routers and applications of the process."""
    # One that its constructor has refused has none.
    routers = [each for each in all_routers() if "routes" in vars(each)]
    return routers, [each for each in all_apps() if "router" in vars(each)]


def _holders(change: Change) -> list[Any]:
    """The routers that a change is about; an application stands for its own."""
    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return [getattr(each, "router", each) for each in found if each is not None]


def registration(change: Change, reload: Reload) -> None:
    """Something that is registered with an application or router comes, goes, or is registered anew."""
    names = {getattr(method, "__name__", "") for method, _ in (*change.called, *change.calls)}
    if change.action == "changed" and change.facets and _READ.union(["decorators"]).isdisjoint(change.facets):
        return
    if "on_event" in names:
        reload.restart("it counts when the application starts")
    if names & {"middleware", "add_middleware"}:
        middleware.edited(change, reload)
        return
    if names & {"exception_handler", "add_exception_handler"}:
        middleware.handlers(change, reload)
        return
    save.begin(reload)
    if not change.name:
        _statement(change, reload)
        return
    gone = change.old is not MISSING and (change.action == "removed" or "decorators" in change.facets)
    for router in _holders(change):
        # Also where none goes: the routes are as they were, if the save is taken back.
        left = [each for each in router.routes if not gone or getattr(each, "endpoint", None) is not change.old]
        _put(router, left, reload)


def _put(router: Any, left: list[Any], reload: Reload) -> None:
    """Routes are out until all is live, and nobody looks for them meanwhile."""
    before, is_less = list(router.routes), len(left) < len(router.routes)

    def put() -> None:
        if is_less:
            gate.close()
        router.routes[:] = left

    def put_back() -> None:
        router.routes[:] = before
        gate.open()

    reload.do(put, put_back)


def _statement(change: Change, reload: Reload) -> None:
    """`app.include_router(...)`, `app.add_api_route(...)`, `app.mount(...)`: what the old line registered goes."""
    for method, arguments in change.called or change.calls:
        holder = getattr(method, "__self__", None)
        router = getattr(holder, "router", holder)
        if router is None:
            continue
        name, gone = getattr(method, "__name__", ""), []
        if change.action != "added":
            found = [each for each in router.routes if (call := call_of(each)) and call.fits(name, arguments)]
            if len(found) > 1:
                found = [each for each in found if (call := call_of(each)) and call.line_now() is None]
            if len(found) > 1 and change.action == "removed":
                found = [each for each in found if (call := call_of(each)) and call.text == change.source.strip()]
            if len(found) != 1:
                reload.restart("what the old line registered is not known")
            gone = found
        _put(router, [each for each in router.routes if not any(each is one for one in gone)], reload)


def function(change: Change, reload: Reload) -> None:
    """A function that a route, or what it depends on, may be."""
    if (
        "own work" in change.facets
        and is_a(change.old, FunctionType)
        and middleware.is_lifespan(inspect.unwrap(change.old))
    ):
        reload.restart("it ran when the application started")
    if not _READ.isdisjoint(change.facets):
        save.begin(reload)
        save.has_worked |= "own work" in change.facets


def value(change: Change, reload: Reload) -> None:
    """A model, or a name that defaults or annotations may be computed from."""
    if any(map(is_read_by_models, (*change.owners, change.old, change.new, *change.bases))):
        if not (is_a(change.old, FunctionType) and change.facets):
            save.begin(reload)
            save.all_models = True
    elif not change.owners and not is_a(change.old, FunctionType):
        save.begin(reload)
        save.has_worked = True


def of_model(change: Change, reload: Reload) -> bool:
    """A route whose decorator named a model that is another class now: it is made anew with that."""
    if not is_a(change.new, FunctionType):
        return stale_line(change, reload)
    save.begin(reload)
    save.all_models = True
    return True


def made_by(change: Change, reload: Reload) -> bool:
    """An application or router that a function made, which does something else now; views within it are live."""
    if save.has_worked:
        reload.restart("others hold the one that was made first")
    return save.begun


def stale_line(change: Change, reload: Reload) -> bool:
    """A line that registers something reads another value now."""
    if not change.name and middleware.keeps(change, reload):
        return True
    if not change.name and change.calls:
        reload.restart("what the line registered was computed from the old value")
    return False


def override(change: Change, reload: Reload) -> bool:
    """`app.dependency_overrides[function] = ...` is gone."""
    if ".dependency_overrides[" in change.source:
        reload.restart("what was there before is not known")
    return False


def application(change: Change, reload: Reload) -> None:
    """A router that gets other arguments stays who it is; an application is held by the server."""
    if _is_object(change):
        if type(change.old).__name__ != "APIRouter":
            reload.restart("the server holds the one that it was started with")
        if any(call_of_any(each) is None for each in change.old.routes):  # type: ignore[attr-defined]
            reload.restart("how its routes were registered is not known")
        save.begin(reload)
        again = Again(change.old)
        reload.do(again.nothing, again.take_back)
        remade.expect(change, reload, lambda made: save.first.append(again.give(made)))


def _is_object(change: Change) -> bool:
    """Rather than the name of a class, in an import that brings others as well by now."""
    return change.action == "changed" and not change.owners and not is_a(change.old, type)


def replaced(change: Change, reload: Reload) -> None:
    """It did not become what the line makes now."""
    if _is_object(change) and change.new is not change.old:
        reload.restart("others hold the one that was made first")
