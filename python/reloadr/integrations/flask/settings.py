"""Settings that an application took from a module or class: its copies follow; what was set up from them restarts."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from reloadr.integrations.flask import recording
from reloadr.plugins import MISSING, Change, Reload, is_a

#: Settings that were read by others than Flask before the first request.
_read: set[str] = set()


def record(config: ModuleType) -> None:
    """Has a configuration know where its values come from, and who read which before the first request."""
    cls = config.Config
    from_object: Callable[..., None] = cls.from_object

    @functools.wraps(from_object)
    def taking(self: Any, obj: Any) -> None:
        from_object(self, obj)
        recording.note_makers(sys._getframe(1))
        found = config.import_string(obj) if isinstance(obj, str) else obj
        _sources.setdefault(id(self), (self, []))[1].append(found)

    cls.from_object = taking
    for name in ("from_mapping", "update", "__setitem__"):
        setattr(cls, name, _noting(getattr(cls, name)))
    for name in ("__getitem__", "get", "setdefault"):
        setattr(cls, name, _reading(getattr(cls, name)))


#: By configuration, which is no key: it, and what it was taken from.
_sources: dict[int, tuple[Any, list[Any]]] = {}


def _noting(plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        if not _is_serving():
            recording.note_makers(sys._getframe(1))
        return plain(self, *arguments, **options)

    method.__module__, method.__qualname__ = "flask.config", f"Config.{plain.__name__}"
    return method


def _reading(plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def method(self: Any, key: str, *more: Any) -> Any:
        if not _is_serving() and str(sys._getframe(1).f_globals.get("__name__")).partition(".")[0] != "flask":
            _read.add(key)
        return plain(self, key, *more)

    return method


def _is_serving() -> bool:
    """Whether a request, or a command, is handled."""
    from flask.globals import _cv_app

    return _cv_app.get(None) is not None


def changed(change: Change, reload: Reload) -> None:
    """A value that configurations were given."""
    name = change.name.rpartition(".")[2]
    if not name.isupper() or len(change.owners) > 1:
        return
    holder = change.owner or sys.modules.get(change.module)
    old, new = (_found(each, holder, name) for each in (change.old, change.new))
    for config, sources in list(_sources.values()):
        if not any(_is_of(each, holder, name) for each in sources):
            continue
        held = dict.get(config, name, MISSING)
        if held is not old and held != old:
            continue
        if name in _read:
            reload.restart("it was read when the application was set up")
        reload.after(functools.partial(_set, config, name, new), functools.partial(_set, config, name, held))


def _found(value: object, holder: object, name: str) -> object:
    """What is found under a name: where a class has none, what those above it have."""
    if value is MISSING and is_a(holder, type):
        above = (vars(each) for each in holder.__mro__[1:])
        return next((each[name] for each in above if name in each), MISSING)
    return value


def _is_of(source: Any, holder: object, name: str) -> bool:
    """Whether what a module or class has under a name is a setting: unless a class below it has one as well."""
    if source is holder:
        return True
    cls = source if is_a(source, type) else type(source)
    if holder not in cls.__mro__:
        return False
    return not any(name in vars(each) for each in cls.__mro__[: cls.__mro__.index(holder)])


def statement(change: Change, reload: Reload) -> None:
    """`app.config.update(...)` as a line, changed or removed: what was there before it is not known."""
    if not change.name and change.action != "added":
        reload.restart("what was there before is not known")


def taken_out(change: Change, reload: Reload) -> bool:
    """The same for `app.config["KEY"] = ...`."""
    if ".config[" in change.source:
        reload.restart("what was there before is not known")
    return False


def _set(config: Any, name: str, value: object) -> None:
    if value is MISSING:
        dict.pop(config, name, None)
    else:
        dict.__setitem__(config, name, value)
