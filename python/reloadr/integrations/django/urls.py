"""URLs: resolvers keep what they computed from lists of patterns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from reloadr.plugins import Change, Reload, is_a


def resolvers_in(patterns: object) -> Iterator[Any]:
    """The resolvers in a list of patterns, at any depth that is a list."""
    from django.urls import URLResolver

    for each in patterns if is_a(patterns, list, tuple) else ():
        if is_a(each, URLResolver):
            yield each
            yield from resolvers_in(each.urlconf_name)


def url_modules() -> list[ModuleType]:
    found = list(sys.modules.values())
    return [each for each in found if is_a(getattr(each, "__dict__", {}).get("urlpatterns"), list, tuple)]


def _are_patterns(value: object) -> bool:
    from django.urls import URLPattern, URLResolver

    return is_a(value, list, tuple) and any(is_a(each, URLPattern, URLResolver) for each in value)


def pattern_modules(patterns: list[Any]) -> list[str]:
    """The modules whose `urlpatterns` hold some of these patterns."""
    wanted = {id(each) for each in patterns}
    found = []
    for module in url_modules():
        lists = [module.urlpatterns, *(each.urlconf_name for each in resolvers_in(module.urlpatterns))]
        if any(id(each) in wanted for held in lists if is_a(held, list, tuple) for each in held):
            found.append(module.__name__)
    return found


def forget_urls() -> None:
    """Resolvers read their modules again, and all that was computed from patterns is computed anew."""
    from django.conf.urls import i18n
    from django.urls import clear_url_caches, resolvers

    i18n.is_language_prefix_patterns_used.cache_clear()
    resolvers._route_to_regex.cache_clear()
    for module in url_modules():
        for each in resolvers_in(module.urlpatterns):
            for name in ("url_patterns", "urlconf_module"):
                each.__dict__.pop(name, None)
            each._reverse_dict, each._namespace_dict, each._app_dict = {}, {}, {}
            each._callback_strs, each._populated = set(), False
    clear_url_caches()


def _forget_now_and_after(reload: Reload) -> None:
    # Now, so that no resolver's earlier patterns are taken for somebody who holds earlier views.
    forget_urls()
    reload.after(forget_urls)


def patterns_changed(change: Change, reload: Reload) -> None:
    if _are_patterns(change.new) or _are_patterns(change.old) or change.name.startswith("handler"):
        _forget_now_and_after(reload)


def patterns_again(change: Change, reload: Reload) -> bool:
    """A list of patterns was made from a view that is another object now."""
    if not _are_patterns(change.new):
        return False
    _forget_now_and_after(reload)
    return reload.run(change.module, change.name)


def app_name(change: Change, reload: Reload) -> None:
    """`include()` has read it."""
    for module in url_modules():
        for each in resolvers_in(module.urlpatterns):
            if getattr(each.urlconf_name, "__name__", None) == change.module:
                reload.run(module.__name__, "urlpatterns")
    reload.after(forget_urls)


def converter(change: Change, reload: Reload) -> None:
    """Routes were compiled with what the converter had for its `regex`."""
    from django.urls import converters, resolvers

    name = change.name.rpartition(".")[2]
    kinds = [type(each) for each in converters.REGISTERED_CONVERTERS.values()]
    # By identity: a metaclass of the user's may have no hash.
    if name == "regex" and any(change.owner is kind for kind in kinds):
        forget = resolvers._route_to_regex.cache_clear
        reload.do(forget, forget)
        for module in url_modules():
            reload.run(module.__name__, "urlpatterns")
        reload.after(forget_urls)
