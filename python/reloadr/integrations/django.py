"""Django: its URL resolver, settings, models, admin, signals and middleware; and its own reloader, stood in for.

What Django computes from the code when it starts, and keeps: the resolver's tables, copies of the settings, the model
registry, the chain of middleware. Tables, copies and chain are made anew once a save is live. What a model's table
or the list of apps hangs on needs a new process.
"""

from __future__ import annotations

import functools
import gc
import inspect
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from reloadr.integrations import django_runserver
from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule

# ---- URLs -------------------------------------------------------------------------------------------


def _resolvers(patterns: object) -> Iterator[Any]:
    """The resolvers in a list of patterns, at any depth that is a list."""
    from django.urls import URLResolver

    for each in patterns if isinstance(patterns, (list, tuple)) else ():
        if isinstance(each, URLResolver):
            yield each
            yield from _resolvers(each.urlconf_name)


def _url_modules() -> list[ModuleType]:
    found = list(sys.modules.values())
    return [each for each in found if isinstance(getattr(each, "__dict__", {}).get("urlpatterns"), (list, tuple))]


def _are_patterns(value: object) -> bool:
    from django.urls import URLPattern, URLResolver

    return isinstance(value, (list, tuple)) and any(isinstance(each, (URLPattern, URLResolver)) for each in value)


def forget_urls() -> None:
    """Resolvers read their modules again, and all that was computed from patterns is computed anew."""
    from django.urls import clear_url_caches, resolvers

    resolvers._route_to_regex.cache_clear()
    for module in _url_modules():
        for each in _resolvers(module.urlpatterns):
            for name in ("url_patterns", "urlconf_module"):
                each.__dict__.pop(name, None)
            each._reverse_dict, each._namespace_dict, each._app_dict = {}, {}, {}
            each._callback_strs, each._populated = set(), False
    clear_url_caches()


def _patterns_changed(change: Change, reload: Reload) -> None:
    if _are_patterns(change.new) or _are_patterns(change.old) or change.name.startswith("handler"):
        reload.after(forget_urls)


def _patterns_again(change: Change, reload: Reload) -> bool:
    """A list of patterns was made from a view that is another object now."""
    if not _are_patterns(change.new):
        return False
    reload.after(forget_urls)
    return reload.run(change.module, change.name)


def _app_name(change: Change, reload: Reload) -> None:
    """`include()` has read it."""
    for module in _url_modules():
        for each in _resolvers(module.urlpatterns):
            if getattr(each.urlconf_name, "__name__", None) == change.module:
                reload.run(module.__name__, "urlpatterns")
    reload.after(forget_urls)


def _converter(change: Change, reload: Reload) -> None:
    """Routes were compiled with what the converter had for its `regex`."""
    from django.urls import converters, resolvers

    name = change.name.rpartition(".")[2]
    kinds = {type(each) for each in converters.REGISTERED_CONVERTERS.values()}
    if change.owner in kinds and name == "regex":
        forget = resolvers._route_to_regex.cache_clear
        reload.do(forget, forget)
        for module in _url_modules():
            reload.run(module.__name__, "urlpatterns")
        reload.after(forget_urls)


# ---- settings ---------------------------------------------------------------------------------------

#: Settings that Django reads when it starts, and never again.
AT_START = {
    "ABSOLUTE_URL_OVERRIDES": "models were changed by it",
    "ASGI_APPLICATION": "the server was started with it",
    "AUTH_USER_MODEL": "models refer to it",
    "DATABASES": "connections were made from it",
    "DEBUG": "handlers and loaders were chosen by it",
    "DEFAULT_AUTO_FIELD": "models were made with it",
    "DEFAULT_INDEX_TABLESPACE": "models were made with it",
    "DEFAULT_TABLESPACE": "models were made with it",
    "INSTALLED_APPS": "apps are loaded once",
    "LOGGING": "logging was set up from it",
    "LOGGING_CONFIG": "logging was set up by it",
    "MIGRATION_MODULES": "migrations were loaded from it",
    "WSGI_APPLICATION": "the server was started with it",
}


def _settings_module() -> str:
    from django.conf import settings

    return str(getattr(settings, "SETTINGS_MODULE", "")) if settings.configured else ""


def _is_setting(change: Change) -> bool:
    """Whether a name is a setting: of the settings module, or of one that it takes all names from."""
    home = _settings_module()
    if not home or not change.name.isupper():
        return False
    values = vars(sys.modules.get(home, sys))
    return change.module == home or (change.old is not MISSING and values.get(change.name, MISSING) is change.old)


def _setting_edited(change: Change, reload: Reload) -> None:
    if change.name in AT_START and _is_setting(change):
        reload.restart(AT_START[change.name])


def _setting_changed(change: Change, reload: Reload) -> None:
    from django.conf import settings

    if change.module != _settings_module() or not change.name.isupper():
        return
    if change.name in AT_START:
        reload.restart(AT_START[change.name])
    set_now = functools.partial(_set, change.name, change.new)
    reload.after(set_now, functools.partial(_set, change.name, change.old))
    if change.name == "MIDDLEWARE" or _middleware_mentions(change.name):
        reload.after(remake_middleware)
    reload.read(settings, change.name)


def _set(name: str, value: object) -> None:
    """Puts a value into the copies of the settings, and tells those who computed something from it."""
    # Its receivers make anew what depends on a setting.
    import django.test.signals  # noqa: F401
    from django.conf import global_settings, settings
    from django.core.signals import setting_changed

    if value is MISSING:
        value = getattr(global_settings, name, MISSING)
    if value is MISSING:
        if hasattr(settings, name):
            delattr(settings, name)
        value = None
    else:
        setattr(settings, name, value)
    setting_changed.send(sender=type(settings._wrapped), setting=name, value=value, enter=True)


# ---- middleware -------------------------------------------------------------------------------------


def _middleware() -> list[str]:
    from django.conf import settings

    return list(settings.MIDDLEWARE) if settings.configured else []


def _middleware_mentions(setting: str) -> bool:
    """Whether a middleware may have read a setting when it was made."""
    for path in _middleware():
        module = sys.modules.get(path.rpartition(".")[0])
        try:
            if module is not None and setting in inspect.getsource(module):
                return True
        except (OSError, TypeError):
            return True
    return False


def remake_middleware() -> None:
    """Gives living handlers the chain that a new one makes."""
    from django.core.handlers.base import BaseHandler

    # By their types: `isinstance` would have lazy objects made.
    for handler in [each for each in gc.get_objects() if issubclass(type(each), BaseHandler)]:
        if handler._middleware_chain is not None:
            fresh: Any = object.__new__(type(handler))
            fresh.load_middleware(is_async=hasattr(handler, "read_body"))
            handler.__dict__.update(fresh.__dict__)


def _in_middleware(change: Change) -> bool:
    return f"{change.module}.{change.name.partition('.')[0]}" in _middleware()


def _middleware_edited(change: Change, reload: Reload) -> None:
    """Which methods a middleware has, and what its `__init__` did, counts when the chain is made."""
    name = change.name.rpartition(".")[2]
    comes_or_goes = change.action != "changed" and name.startswith("process_")
    if change.owner is not None and _in_middleware(change) and (comes_or_goes or name == "__init__"):
        reload.after(remake_middleware)


def _middleware_changed(change: Change, reload: Reload) -> None:
    if change.owner is None and _in_middleware(change):
        reload.after(remake_middleware)


def _middleware_answer(change: Change, reload: Reload) -> bool:
    if not _in_middleware(change):
        return False
    reload.after(remake_middleware)
    return True


# ---- models and apps --------------------------------------------------------------------------------

_OF_TABLE = "tables, migrations and relations of other models hang on it"


def _model_edited(change: Change, reload: Reload) -> None:
    names = change.name.split(".")
    if not change.owners:
        if change.action != "changed" or not {"bases", "decorators", "keywords"}.isdisjoint(change.facets):
            reload.restart(_OF_TABLE)
    elif "Meta" in names[1:]:
        reload.restart(_OF_TABLE)


def _is_field(change: Change) -> bool:
    model = change.owners[0] if change.owners else None
    name = change.name.rpartition(".")[2]
    meta = getattr(model, "_meta", None)
    if hasattr(change.new, "contribute_to_class"):
        return True
    known = {getattr(each, "name", "") for each in (*meta.get_fields(), *meta.managers)} if meta is not None else set()
    return name in known


def _model_changed(change: Change, reload: Reload) -> None:
    if change.owners and _is_field(change):
        reload.restart(_OF_TABLE)


def _model_answer(change: Change, reload: Reload) -> bool:
    """The metaclass takes nothing from the body but what contributes to the class, and `Meta`."""
    if not change.owners:
        return False
    if _is_field(change) or "Meta" in change.name.split(".")[1:]:
        reload.restart(_OF_TABLE)
    return change.code == "RL215"


def _app_edited(change: Change, reload: Reload) -> None:
    if change.owners:
        reload.restart("apps are set up once")


# ---- signals ----------------------------------------------------------------------------------------


def _gone(change: Change) -> bool:
    """Whether what a decorator did has to be taken back: it is removed, or runs again."""
    return change.action in ("removed", "renamed") or "decorators" in change.facets


def _receiver_edited(change: Change, reload: Reload) -> None:
    if change.old is not MISSING and _gone(change):
        _disconnect(_signals(change), change.old, reload)


def _connect_edited(change: Change, reload: Reload) -> None:
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


def _unheard(change: Change, reload: Reload) -> bool:
    """It was taken back before."""
    return True


# ---- admin ------------------------------------------------------------------------------------------


def _sites() -> list[Any]:
    from django.contrib.admin import sites

    return list(sites.all_sites)


def _register_edited(change: Change, reload: Reload) -> None:
    """A decorated class that goes or is decorated anew is taken out of the registries."""
    if change.old is not MISSING and _gone(change):
        for site in _sites():
            _unregister(site, [model for model, each in site._registry.items() if type(each) is change.old], reload)
    _admin_urls(change, reload)


def _register_call_edited(change: Change, reload: Reload) -> None:
    """`site.register(Model, ...)` as a statement."""
    for method, arguments in change.called:
        site = getattr(method, "__self__", None)
        if site is not None:
            _unregister(site, [each for each in arguments if isinstance(each, type) and each in site._registry], reload)
    _admin_urls(change, reload)


def _unregister(site: Any, models: Iterable[type], reload: Reload) -> None:
    for model in models:
        held = site._registry[model]
        registry = site._registry
        reload.do(functools.partial(registry.pop, model, None), functools.partial(registry.__setitem__, model, held))


def _admin_urls(change: Change, reload: Reload) -> None:
    """`admin.site.urls` was read before."""
    reload.after(_admin_patterns)


def _living(cls: type) -> type:
    """The class that a class was made beside, to be grafted onto it."""
    found: object = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found if isinstance(found, type) else cls


def _admin_patterns() -> None:
    sites = {each.name: each for each in _sites()}
    for site in sites.values():
        for held in site._registry.values():
            if _living(type(held)) is not type(held):
                held.__class__ = _living(type(held))
    for module in _url_modules():
        for each in _resolvers(module.urlpatterns):
            if each.app_name == "admin" and each.namespace in sites:
                each.urlconf_name = sites[each.namespace].urls[0]
    forget_urls()


def _admin_answer(change: Change, reload: Reload) -> bool:
    """Options of an admin are read from its class for each request."""
    return bool(change.owners)


plugin = Plugin(
    "django",
    rules=[
        Rule(names=["*"], changed=_patterns_changed, answers={"RL206": _patterns_again}),
        Rule(names=["app_name"], changed=_app_name),
        Rule(types=["builtins.object"], changed=_converter),
        Rule(names=["*"], before=_setting_edited, changed=_setting_changed),
        Rule(
            names=["*"],
            types=["builtins.object"],
            before=_middleware_edited,
            changed=_middleware_changed,
            answers=dict.fromkeys(["RL205", "RL206", "RL209", "RL210", "RL215", "RL228"], _middleware_answer),
        ),
        Rule(
            types=["django.db.models.base.ModelBase"],
            before=_model_edited,
            changed=_model_changed,
            answers=dict.fromkeys(["RL206", "RL215", "RL227"], _model_answer),
        ),
        Rule(types=["django.apps.config.AppConfig"], before=_app_edited, changed=_app_edited),
        Rule(
            calls=["django.dispatch.dispatcher.receiver"],
            before=_receiver_edited,
            answers=dict.fromkeys(["RL205", "RL218"], _unheard),
        ),
        Rule(
            calls=["django.dispatch.dispatcher.*Signal.connect"],
            before=_connect_edited,
            answers={"RL208": _unheard},
        ),
        Rule(
            calls=["django.contrib.admin.decorators.register"],
            before=_register_edited,
            answers=dict.fromkeys(["RL205", "RL218"], _unheard),
        ),
        Rule(
            calls=["django.contrib.admin.sites.AdminSite.register"],
            before=_register_call_edited,
            answers={"RL208": _unheard},
        ),
        Rule(
            types=["django.contrib.admin.options.BaseModelAdmin"],
            answers={"RL215": _admin_answer},
        ),
    ],
    stand_ins=django_runserver.STAND_INS,
)
