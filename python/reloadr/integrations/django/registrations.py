"""Signals and the admin: what is registered at module level is taken back before its line runs again."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from reloadr.integrations.django.models import living
from reloadr.integrations.django.urls import forget_urls, resolvers_in, url_modules
from reloadr.integrations.placed import Call, Place, of_function, put_in_order
from reloadr.plugins import MISSING, Change, Reload, is_a

_CALLS = "_reloadr_calls"


def _gone(change: Change) -> bool:
    """Whether what a decorator did has to be taken back: it is removed, or runs again."""
    return change.action in ("removed", "renamed") or "decorators" in change.facets


def receiver_edited(change: Change, reload: Reload) -> None:
    if change.old is not MISSING and _gone(change):
        _disconnect(_signals(change), change.old, reload)
    receivers_in_order(change, reload)


def connect_edited(change: Change, reload: Reload) -> None:
    """`signal.connect(function)` as a statement, changed or removed."""
    for method, arguments in change.called:
        signal = getattr(method, "__self__", None)
        if signal is not None and arguments:
            _disconnect([signal], arguments[0], reload)
    receivers_in_order(change, reload)


def receivers_in_order(change: Change, reload: Reload) -> None:
    """A receiver that was connected now is where its line stands."""
    for signal in {id(each): each for each in [*_signals(change), *_connected(change)]}.values():
        known = [each[0] for each in signal.receivers if change.action != "moved" or not _is_moved(each, change)]
        reload.after(functools.partial(_sort, signal, known), _nothing)


def _is_moved(held: Any, change: Change) -> bool:
    function = _held(held[1])
    return function is change.new or any(function in arguments for _, arguments in change.calls)


def _connected(change: Change) -> list[Any]:
    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return [each for each in found if hasattr(each, "receivers")]


def _nothing() -> None:
    pass


def _sort(signal: Any, known: list[Any]) -> None:
    calls = vars(signal).get(_CALLS, {})

    def place(held: Any) -> Place:
        call = calls.get(held[0])
        at_line = call is not None and call.path and not call.is_decorator
        return (call.path, call.line_now() or call.line) if at_line else of_function(_held(held[1]))

    receivers = list(signal.receivers)
    put_in_order(receivers, lambda each: each[0] not in known, place)
    _receivers(signal, receivers)


def record_signals(dispatcher: ModuleType) -> None:
    """Under `reloadr run`: signals know the lines that connected their receivers."""
    plain: Callable[..., object] = dispatcher.Signal.connect

    @functools.wraps(plain)
    def connect(self: Any, *arguments: Any, **options: Any) -> object:
        before = {each[0] for each in self.receivers}
        done = plain(self, *arguments, **options)
        for key in [each[0] for each in self.receivers if each[0] not in before]:
            call = Call("connect", (), {})
            call.locate(sys._getframe(1))
            vars(self).setdefault(_CALLS, {})[key] = call
        return done

    dispatcher.Signal.connect = connect


def _signals(change: Change) -> list[Any]:
    from django.dispatch import Signal

    return [each for _, arguments in (*change.called, *change.calls) for each in arguments if is_a(each, Signal)]


def _disconnect(signals: Iterable[Any], function: object, reload: Reload) -> None:
    for signal in signals:
        before = list(signal.receivers)
        left = [each for each in before if _held(each[1]) is not function]
        if len(left) != len(before):
            reload.do(functools.partial(_receivers, signal, left), functools.partial(_receivers, signal, before))


def _held(reference: Any) -> object:
    import weakref

    return reference() if is_a(reference, weakref.ReferenceType) else reference


def _receivers(signal: Any, receivers: list[Any]) -> None:
    with signal.lock:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def unheard(change: Change, reload: Reload) -> bool:
    """It was taken back before."""
    return True


# ---- tags and filters -------------------------------------------------------------------------------


def library_edited(change: Change, reload: Reload) -> None:
    """Templates that were parsed hold the tags of then."""
    reload.after(forget_templates)


def forget_templates() -> None:
    """Templates are read again, with the libraries of tags that there are by now."""
    from django.template import engines
    from django.template.autoreload import reset_loaders
    from django.template.backends.django import DjangoTemplates, get_installed_libraries

    # A file may have come since a folder was looked at.
    importlib.invalidate_caches()
    for each in engines.all():
        if is_a(each, DjangoTemplates):
            engine = each.engine
            engine.libraries.update(get_installed_libraries())
            engine.template_libraries = engine.get_template_libraries(engine.libraries)
    reset_loaders()


# ---- decorators of views ----------------------------------------------------------------------------


def kind_edited(change: Change, reload: Reload) -> None:
    """Django's decorators make another wrapper for `async def`."""
    if "kind" in change.facets:
        reload.restart("its decorators chose their wrappers by its kind")


def decorated_class_edited(change: Change, reload: Reload) -> None:
    """`method_decorator(..., name="dispatch")` has wrapped what the class inherited."""
    if "bases" in change.facets:
        reload.restart("its decorators have wrapped what it inherited")


# ---- admin


def _sites() -> list[Any]:
    from django.contrib.admin import sites

    return list(sites.all_sites)


def register_edited(change: Change, reload: Reload) -> None:
    """A decorated class that goes or is decorated anew is taken out of the registries."""
    gone = change.old is not MISSING and _gone(change)
    for site in _sites():
        _unregister(
            site, [model for model, each in site._registry.items() if gone and type(each) is change.old], reload
        )
    _admin_urls(change, reload)


def registers_moved(change: Change, reload: Reload) -> None:
    """Models that are registered changed places in the source."""
    for site in _sites():
        given = [each for _, arguments in change.calls for each in arguments]
        known = [model for model, held in site._registry.items() if not (type(held) is change.new or model in given)]
        reload.after(functools.partial(_admin_in_order, site, known), _nothing)


def register_call_edited(change: Change, reload: Reload) -> None:
    """`site.register(Model, ...)` as a statement."""
    for method, arguments in change.called or [(method, ()) for method, _ in change.calls]:
        site = getattr(method, "__self__", None)
        if site is not None:
            _unregister(site, [each for each in arguments if is_a(each, type) and each in site._registry], reload)
    _admin_urls(change, reload)


def _unregister(site: Any, models: Iterable[type], reload: Reload) -> None:
    """Also where there are none: what is registered is as it was, if the save is taken back."""
    before = dict(site._registry)
    left = {model: held for model, held in before.items() if model not in list(models)}
    reload.do(functools.partial(_registered, site, left), functools.partial(_registered, site, before))
    reload.after(functools.partial(_admin_in_order, site, list(left)), _nothing)


def _registered(site: Any, models: dict[type, Any]) -> None:
    site._registry.clear()
    site._registry.update(models)


def _admin_urls(change: Change, reload: Reload) -> None:
    """`admin.site.urls` was read before."""
    reload.after(_admin_patterns)


def record_sites(sites: ModuleType) -> None:
    """Under `reloadr run`: sites know the lines that registered models."""
    plain: Callable[..., object] = sites.AdminSite.register

    @functools.wraps(plain)
    def register(self: Any, *arguments: Any, **options: Any) -> object:
        before = set(self._registry)
        done = plain(self, *arguments, **options)
        for model in [each for each in self._registry if each not in before]:
            call = Call("register", (), {})
            call.locate(sys._getframe(1))
            vars(self).setdefault(_CALLS, {})[model] = call
        return done

    sites.AdminSite.register = register


def _admin_in_order(site: Any, known: list[Any]) -> None:
    """A model that was registered now is where its line stands."""
    calls = vars(site).get(_CALLS, {})

    def place(model: Any) -> Place:
        call = calls.get(model)
        return (call.path, call.line_now() or call.line) if call is not None else ("", 0)

    models = list(site._registry)
    put_in_order(models, lambda each: not any(each is one for one in known), place)
    _registered(site, {model: site._registry[model] for model in models})


def _admin_patterns() -> None:
    sites = {each.name: each for each in _sites()}
    for site in sites.values():
        for held in site._registry.values():
            if living(type(held)) is not type(held):
                held.__class__ = living(type(held))
    for module in url_modules():
        for each in resolvers_in(module.urlpatterns):
            if each.app_name == "admin" and each.namespace in sites:
                each.urlconf_name = sites[each.namespace].urls[0]
    forget_urls()


def admin_answer(change: Change, reload: Reload) -> bool:
    """Options of an admin are read from its class for each request."""
    return bool(change.owners)
