"""Signals and the admin: what is registered at module level is taken back before its line runs again."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from reloadr.integrations.django.models import living
from reloadr.integrations.django.urls import forget_urls, resolvers_in, url_modules
from reloadr.plugins import MISSING, Change, Reload


def _gone(change: Change) -> bool:
    """Whether what a decorator did has to be taken back: it is removed, or runs again."""
    return change.action in ("removed", "renamed") or "decorators" in change.facets


def receiver_edited(change: Change, reload: Reload) -> None:
    if change.old is not MISSING and _gone(change):
        _disconnect(_signals(change), change.old, reload)


def connect_edited(change: Change, reload: Reload) -> None:
    """`signal.connect(function)` as a statement, changed or removed."""
    for method, arguments in change.called:
        signal = getattr(method, "__self__", None)
        if signal is not None and arguments:
            _disconnect([signal], arguments[0], reload)


def _signals(change: Change) -> list[Any]:
    from django.dispatch import Signal

    return [each for _, arguments in change.called for each in arguments if isinstance(each, Signal)]


def _disconnect(signals: Iterable[Any], function: object, reload: Reload) -> None:
    for signal in signals:
        before = list(signal.receivers)
        left = [each for each in before if _held(each[1]) is not function]
        if len(left) != len(before):
            reload.do(functools.partial(_receivers, signal, left), functools.partial(_receivers, signal, before))


def _held(reference: Any) -> object:
    import weakref

    return reference() if isinstance(reference, weakref.ReferenceType) else reference


def _receivers(signal: Any, receivers: list[Any]) -> None:
    with signal.lock:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def unheard(change: Change, reload: Reload) -> bool:
    """It was taken back before."""
    return True


# ---- decorators of views ----------------------------------------------------------------------------


def kind_edited(change: Change, reload: Reload) -> None:
    """Django's decorators make another wrapper for `async def`."""
    if "kind" in change.facets:
        reload.restart("its decorators chose their wrappers by its kind")


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


def register_call_edited(change: Change, reload: Reload) -> None:
    """`site.register(Model, ...)` as a statement."""
    for method, arguments in change.called or [(method, ()) for method, _ in change.calls]:
        site = getattr(method, "__self__", None)
        if site is not None:
            _unregister(site, [each for each in arguments if isinstance(each, type) and each in site._registry], reload)
    _admin_urls(change, reload)


def _unregister(site: Any, models: Iterable[type], reload: Reload) -> None:
    """Also where there are none: what is registered is as it was, if the save is taken back."""
    before = dict(site._registry)
    left = {model: held for model, held in before.items() if model not in list(models)}
    reload.do(functools.partial(_registered, site, left), functools.partial(_registered, site, before))


def _registered(site: Any, models: dict[type, Any]) -> None:
    site._registry.clear()
    site._registry.update(models)


def _admin_urls(change: Change, reload: Reload) -> None:
    """`admin.site.urls` was read before."""
    reload.after(_admin_patterns)


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
