"""Flask: what views, hooks and blueprints are registered in, and refuse to be after the first request.

A registration is taken back before its line runs again, so that the new one is no second; the map of paths, which
knows no removal, is filled anew with the rules that are left. What a blueprint is told is told to the applications that
it is on.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule

#: By blueprint: the applications that it is on, and how it was registered there. Known under `reloadr run`.
_registered: dict[int, list[tuple[Any, dict[str, Any]]]] = {}

#: Attributes that hold functions, in dicts of lists.
_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)


def _holders(change: Change) -> list[Any]:
    """The applications and blueprints that a change is about."""
    from flask.sansio.scaffold import Scaffold

    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return list({id(each): each for each in found if isinstance(each, Scaffold)}.values())


def _is_app(holder: Any) -> bool:
    from flask.sansio.app import App

    return isinstance(holder, App)


def _apps(holder: Any) -> list[tuple[Any, dict[str, Any]]]:
    return [(holder, {})] if _is_app(holder) else _registered.get(id(holder), [])


# ---- registrations ----------------------------------------------------------------------------------


def _edited(change: Change, reload: Reload) -> None:
    """Something that is registered comes, goes, or is registered anew."""
    gone = change.action == "removed" or "decorators" in change.facets
    for holder in _holders(change):
        if not _is_app(holder) and holder._got_registered_once and id(holder) not in _registered:
            reload.restart("how its blueprint was registered is known under `reloadr run` only")
        _open(holder, reload)
        for app, _ in _apps(holder):
            reload.do(_nothing, _Kept(app).put_back)
        if change.old is not MISSING and gone:
            _forget(holder, change.old, reload)
        elif change.action == "renamed":
            for app, _ in _apps(holder):
                reload.after(functools.partial(_rename, app, change.old, change.name), _nothing)


def _call_edited(change: Change, reload: Reload) -> None:
    """`app.add_url_rule(...)`, `app.register_blueprint(...)` as statements."""
    if change.action != "added":
        reload.restart("what the old line registered is known by its arguments only")
    for holder in _holders(change):
        _open(holder, reload)


def _open(holder: Any, reload: Reload) -> None:
    """Takes registrations, though requests were handled, until all is live."""
    if "_check_setup_finished" in vars(holder):
        return
    close = functools.partial(vars(holder).pop, "_check_setup_finished", None)
    reload.do(functools.partial(setattr, holder, "_check_setup_finished", _nothing), close)
    if not _is_app(holder):
        told = functools.partial(_tell, holder, len(holder.deferred_functions), _hooks_of(holder))
        reload.after(told, _nothing)
    reload.after(close)


def _nothing(*_: object) -> None:
    pass


def _forget(holder: Any, function: object, reload: Reload) -> None:
    for app, _ in _apps(holder):
        views = {name: view for name, view in app.view_functions.items() if _is_of(view, function)}
        if views:
            reload.do(functools.partial(_without, app, views), _nothing)
    for each in [holder, *(app for app, _ in _apps(holder))]:
        for functions in _lists(each):
            if any(_is_of(one, function) for one in functions):
                left = [one for one in functions if not _is_of(one, function)]
                put = functools.partial(functions.__setitem__, slice(None))
                reload.do(functools.partial(put, left), functools.partial(put, list(functions)))
        for handlers in _handlers(each):
            for kind, held in list(handlers.items()):
                if _is_of(held, function):
                    back = functools.partial(handlers.__setitem__, kind, held)
                    reload.do(functools.partial(handlers.pop, kind, None), back)


def _is_of(held: object, function: object) -> bool:
    """Whether it is that function, or a wrapper of it."""
    return held is function or (
        callable(held) and callable(function) and inspect.unwrap(held) is inspect.unwrap(function)
    )


def _lists(holder: Any) -> Iterator[list[Any]]:
    for name in _HOOKS:
        yield from (each for each in getattr(holder, name, {}).values() if isinstance(each, list))
    yield from (getattr(holder, each, []) for each in ("teardown_appcontext_funcs", "shell_context_processors"))


def _handlers(holder: Any) -> Iterator[dict[Any, Any]]:
    for codes in holder.error_handler_spec.values():
        yield from codes.values()


class _Kept:
    """The views and the map of an application, as they are."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._views = dict(app.view_functions)
        self._map = dict(vars(app.url_map))

    def put_back(self) -> None:
        self._app.view_functions.clear()
        self._app.view_functions.update(self._views)
        vars(self._app.url_map).update(self._map)


def _without(app: Any, names: Iterable[str]) -> None:
    for name in names:
        app.view_functions.pop(name, None)
    _map_again(app, dict.fromkeys(names))


def _rename(app: Any, function: Any, old: str) -> None:
    """A view whose endpoint is its name."""
    names = {}
    for endpoint, view in list(app.view_functions.items()):
        head, dot, last = endpoint.rpartition(".")
        if _is_of(view, function) and last == old:
            names[endpoint] = f"{head}{dot}{function.__name__}"
            app.view_functions[names[endpoint]] = app.view_functions.pop(endpoint)
    if names:
        _map_again(app, names)


def _map_again(app: Any, names: dict[str, Any]) -> None:
    """Fills the map anew: rules of some endpoints go, or go to others. Whoever holds the map holds the new one."""
    old = app.url_map
    rules = list(old.iter_rules())
    made: Any = object.__new__(type(old))
    vars(made).update(vars(old))
    made._matcher = type(old._matcher)(old.merge_slashes)
    made._rules_by_endpoint = {}
    for rule in rules:
        endpoint = names.get(rule.endpoint, rule.endpoint)
        if endpoint is not None:
            copy = rule.empty()
            copy.endpoint = endpoint
            copy.provide_automatic_options = getattr(rule, "provide_automatic_options", None)
            made.add(copy)
    vars(old).update(vars(made))


def _hooks_of(blueprint: Any) -> dict[tuple[str, Any], int]:
    return {(name, key): len(each) for name in _HOOKS for key, each in getattr(blueprint, name).items()}


def _tell(blueprint: Any, count: int, hooks: dict[tuple[str, Any], int]) -> None:
    """Tells applications what their blueprint was told since."""
    for app, options in _registered.get(id(blueprint), ()):
        state = blueprint.make_setup_state(app, options, False)
        vars(app)["_check_setup_finished"] = _nothing
        try:
            for deferred in blueprint.deferred_functions[count:]:
                deferred(state)
        finally:
            vars(app).pop("_check_setup_finished", None)
        for name in _HOOKS:
            for key, functions in getattr(blueprint, name).items():
                here = getattr(app, name)[state.name if key is None else f"{state.name}.{key}"]
                here.extend(functions[hooks.get((name, key), 0) :])
        for key, codes in blueprint.error_handler_spec.items():
            for code, handlers in codes.items():
                app.error_handler_spec[state.name if key is None else f"{state.name}.{key}"][code].update(handlers)


def _heard(change: Change, reload: Reload) -> bool:
    """It was taken back before; and Flask reads no signatures."""
    return bool(_holders(change))


# ---- factories --------------------------------------------------------------------------------------


def _factory_edited(change: Change, reload: Reload) -> None:
    """What `flask run` called to make the application. Views inside it are live as they are."""
    if not change.owners and "own work" in change.facets and inspect.isfunction(change.old):
        reload.restart("the application was made by it")


# ---- under `reloadr run` ----------------------------------------------------------------------------


def _record(blueprints: ModuleType) -> None:
    register: Callable[..., object] = blueprints.Blueprint.register

    @functools.wraps(register)
    def recorded(self: Any, app: Any, options: dict[str, Any]) -> object:
        done = register(self, app, options)
        _registered.setdefault(id(self), []).append((app, dict(options)))
        return done

    blueprints.Blueprint.register = recorded


def _templates(app: ModuleType) -> None:
    """Templates are read again when they are saved, in debug mode or not."""
    config = app.Flask.default_config
    app.Flask.default_config = type(config)({**config, "TEMPLATES_AUTO_RELOAD": True})


_CALLS = ["flask.sansio.scaffold.Scaffold.*", "flask.sansio.app.App.*", "flask.sansio.blueprints.Blueprint.*"]

plugin = Plugin(
    "flask",
    rules=[
        Rule(
            calls=_CALLS,
            registers=True,
            before=lambda change, reload: (_edited if change.name else _call_edited)(change, reload),
            answers=dict.fromkeys(["RL204", "RL205", "RL208", "RL218"], _heard),
        ),
        Rule(names=["create_app", "make_app"], before=_factory_edited),
    ],
    stand_ins={"flask.sansio.blueprints": _record, "flask.app": _templates},
)
