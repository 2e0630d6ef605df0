"""Settings: `django.conf.settings` has copies, others compute from those; and the chain of middleware."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from typing import Any

from reloadr.integrations.django.folders import watch_templates
from reloadr.plugins import MISSING, Change, Reload, instances

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


def setting_edited(change: Change, reload: Reload) -> None:
    if change.name in AT_START and _is_setting(change):
        reload.restart(AT_START[change.name])


def setting_changed(change: Change, reload: Reload) -> None:
    from django.conf import settings

    if change.module != _settings_module() or not change.name.isupper():
        return
    if change.name in AT_START:
        reload.restart(AT_START[change.name])
    set_now = functools.partial(_set, change.name, change.new)
    reload.after(set_now, functools.partial(_set, change.name, change.old))
    if change.name == "TEMPLATES":
        reload.after(watch_templates)
    if change.name == "MIDDLEWARE" or _middleware_mentions(change.name):
        reload.after(remake_middleware)
    reload.read(settings, change.name)


def computed(change: Change, reload: Reload) -> bool:
    """`TAX = settings.SHOP["tax"]` in a module: to read it once more has no effect."""
    if change.owners or not re.fullmatch(r"\w+(: .+)? = settings\.[A-Z0-9_]+(\[[^()\[\]]+\])*", change.source.strip()):
        return False
    return reload.run(change.module, change.name)


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


# ---- middleware


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

    for handler in instances(BaseHandler):
        if handler._middleware_chain is not None:
            fresh: Any = object.__new__(type(handler))
            fresh.load_middleware(is_async=hasattr(handler, "read_body"))
            handler.__dict__.update(fresh.__dict__)


def _in_middleware(change: Change) -> bool:
    return f"{change.module}.{change.name.partition('.')[0]}" in _middleware()


def middleware_edited(change: Change, reload: Reload) -> None:
    """Which methods a middleware has, and what its `__init__` did, counts when the chain is made."""
    name = change.name.rpartition(".")[2]
    comes_or_goes = change.action != "changed" and name.startswith("process_")
    # What a function did before it gave the next one.
    is_made = name == "__init__" or (change.owner is None and "own work" in change.facets)
    if _in_middleware(change) and ((change.owner is not None and comes_or_goes) or is_made):
        reload.after(remake_middleware)


def middleware_changed(change: Change, reload: Reload) -> None:
    if change.owner is None and _in_middleware(change):
        reload.after(remake_middleware)


def middleware_answer(change: Change, reload: Reload) -> bool:
    if not _in_middleware(change):
        return False
    reload.after(remake_middleware)
    return True
