"""What surrounds routes: middleware and handlers of exceptions, of which the next request makes a stack; lifespan."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from reloadr.integrations.fastapi.routers import all_apps, all_routers, gate
from reloadr.integrations.placed import Call, holds
from reloadr.integrations.pydantic import living
from reloadr.plugins import MISSING, Change, Reload

__all__ = ["answer", "edited", "handlers", "is_lifespan", "keeps", "moved", "record"]

_CALL = "_reloadr_call"


def handlers(change: Change, reload: Reload) -> None:
    """Handlers of exceptions: the stack that holds them is made anew for the next request."""
    gone = change.action != "added" if not change.name else change.action == "removed" or "decorators" in change.facets
    for method, arguments in (*change.called, *change.calls):
        app = getattr(method, "__self__", None)
        if app is None or not hasattr(app, "exception_handlers"):
            continue
        old = change.old if change.name else next(iter(arguments[1:2]), MISSING)
        for kind, held in list(app.exception_handlers.items()) if gone else ():
            if held is old and (change.name or kind in arguments[:1]):
                back = functools.partial(app.exception_handlers.__setitem__, kind, held)
                reload.do(functools.partial(_unhandled, app, kind), back)
        reload.after(functools.partial(setattr, app, "middleware_stack", None))


def _unhandled(app: Any, kind: Any) -> None:
    """Nobody has told an application of a handler: it has its own, or none."""
    from fastapi import FastAPI

    own = FastAPI(openapi_url=None).exception_handlers.get(kind)
    if own is None:
        app.exception_handlers.pop(kind, None)
    else:
        app.exception_handlers[kind] = own


def answer(change: Change, reload: Reload) -> bool:
    """Middleware is made anew with the stack of the next request."""
    cls = change.owner or change.new
    apps = [each for each in all_apps() if any(living(one.cls) is cls for one in _middleware(each))]
    for app in apps:
        reload.after(functools.partial(setattr, app, "middleware_stack", None))
    return bool(apps)


def is_lifespan(function: object) -> bool:
    return any(
        holds(held, function, 4)
        for router in all_routers()
        if "routes" in vars(router)
        for held in (router.lifespan_context, *router.on_startup, *router.on_shutdown)
    )


def _middleware(app: Any) -> list[Any]:
    """None where its constructor has refused it."""
    found: list[Any] = vars(app).get("user_middleware", [])
    return found


# ---- middleware -------------------------------------------------------------------------------------


def edited(change: Change, reload: Reload) -> None:
    """`@app.middleware("http")`, `app.add_middleware(...)`: the old line's entry goes, that of now has its place."""
    gone = change.action == "removed" or "decorators" in change.facets if change.name else change.action != "added"
    if not gone and change.action != "added":
        return
    for method, arguments in change.called or change.calls:
        app = getattr(method, "__self__", None)
        if app is None:
            continue
        before = list(app.user_middleware)
        found = [each for each in before if gone and _is_about(each, change, arguments)]
        if gone and len(found) != 1:
            reload.restart("what the old line registered is not known")
        left = [each for each in before if not any(each is one for one in found)]
        reload.do(functools.partial(_out, app, left), functools.partial(_back, app, before))
        reload.after(functools.partial(_in_order, app, before), _nothing)


def moved(change: Change, reload: Reload) -> None:
    """Lines that add middleware changed places with others."""
    for method, _ in change.calls:
        app = getattr(method, "__self__", None)
        if hasattr(app, "user_middleware"):
            reload.after(functools.partial(_share_places, app))


def keeps(change: Change, reload: Reload) -> bool:
    """A line that adds what it added before, whose code changed: the next request makes a stack of that."""
    lines = [(getattr(method, "__self__", None), arguments) for method, arguments in change.calls]
    apps = [app for app, arguments in lines if _adds(app, change, arguments)]
    for app in apps:
        reload.after(functools.partial(setattr, app, "middleware_stack", None))
    return bool(apps) and len(apps) == len(lines)


def _adds(app: Any, change: Change, arguments: tuple[object, ...]) -> bool:
    is_known = not any(each is MISSING for each in arguments)
    return is_known and any(_is_about(each, change, arguments) for each in getattr(app, "user_middleware", ()))


def _share_places(app: Any) -> None:
    held = list(app.user_middleware)
    for path in {_place(each)[0] for each in held} - {""}:
        slots = [at for at, each in enumerate(held) if _place(each)[0] == path]
        found = sorted((held[at] for at in slots), key=lambda each: -_place(each)[1])
        for at, each in zip(slots, found, strict=True):
            held[at] = each
    _put(app, held)


def _nothing() -> None:
    pass


def _is_about(held: Any, change: Change, arguments: tuple[object, ...]) -> bool:
    if change.name:
        return held.kwargs.get("dispatch") is change.old and change.old is not MISSING
    call = vars(held).get(_CALL)
    return call is not None and call.fits("add_middleware", arguments)


def _put(app: Any, held: list[Any]) -> None:
    app.user_middleware = held
    app.middleware_stack = None


def _out(app: Any, left: list[Any]) -> None:
    gate.close()
    _put(app, left)


def _back(app: Any, before: list[Any]) -> None:
    _put(app, before)
    gate.open()


def _in_order(app: Any, before: list[Any]) -> None:
    """The last line of the source is the outermost one."""
    held = list(app.user_middleware)
    for each in [one for one in reversed(held) if not any(one is known for known in before)]:
        path, line = _place(each)
        held.remove(each)
        lines = [(at, _place(other)[1]) for at, other in enumerate(held) if _place(other)[0] == path]
        below = next((at for at, other in lines if other < line), lines[-1][0] + 1 if lines else 0)
        held.insert(below, each)
    _back(app, held)


def _place(held: Any) -> tuple[str, int]:
    code = getattr(inspect.unwrap(held.kwargs.get("dispatch") or _nothing), "__code__", None)
    if code is not None and code is not _nothing.__code__:
        return code.co_filename, code.co_firstlineno
    call = vars(held).get(_CALL)
    return (call.path, call.line_now() or call.line) if call is not None else ("", 0)


def record(applications: ModuleType) -> None:
    """Under `reloadr run`: middleware knows the line that added it."""
    plain: Callable[..., object] = applications.Starlette.add_middleware

    @functools.wraps(plain)
    def add_middleware(self: Any, *arguments: Any, **options: Any) -> object:
        if gate.is_ours:
            # A request that came meanwhile has made the stack: of what is left.
            self.middleware_stack = None
        done = plain(self, *arguments, **options)
        call = Call("add_middleware", arguments, options)
        call.locate(sys._getframe(1))
        setattr(self.user_middleware[0], _CALL, call)
        return done

    applications.Starlette.add_middleware = add_middleware
