"""`@autoreload`: exactly what is decorated is live, in a file that is not watched otherwise.

The decorator hands back the very object it was given: the engine patches functions and classes where they live,
also under wrappers, so there is nothing to put around them, and a call costs what it did. What is decorated is noted
by module and qualified name; all of it shares one watcher.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, TypeVar, overload

from reloadr import _auto, _disabled, _log
from reloadr import _locate as locate
from reloadr._select import _definition, selection_of
from reloadr._tracked import source_path
from reloadr.report import Report
from reloadr.session import _Rule, _Selection, session

__all__ = ["When", "autoreload", "poll", "reloadr"]

When = Literal["save", "poll", "manual"]
T = TypeVar("T")

_lock = threading.Lock()
_watchers: dict[str, _auto.AutoWatcher] = {}


class _Decorated(_Rule):
    """The modules in which something is decorated, with the qualified names."""

    __slots__ = ("names",)
    names: dict[str, set[str]]

    def wants(self, module: ModuleType, path: str) -> bool:
        return module.__name__ in self.names


def _watcher(on: _auto.On) -> _auto.AutoWatcher:
    with _lock:
        watcher = _watchers.get(on)
        if watcher is None or not watcher.is_alive:
            rule = _Decorated()
            object.__setattr__(rule, "names", {} if watcher is None else watcher.names)
            watcher = _watchers[on] = _auto.start_with([rule], on=on, names=rule.names)
        return watcher


@overload
def autoreload(target: T, /) -> T: ...


@overload
def autoreload(*, every: float | None = None, on: When = "save") -> Callable[[T], T]: ...


def autoreload(target: Any = None, /, *, every: float | None = None, on: When = "save") -> Any:
    """Keeps a function, method, class or other callable as its source is saved; nothing else of its file.

    Bare or with options: `on="save"` applies a save at once, `on="poll"` where `reloadr.poll()` is called,
    `on="manual"` where `reloadr.reload(target)` is; `every=seconds` looks at the file in that interval instead of
    at events. Returns the object it was given. Raises ValueError for options that make no sense, TypeError for
    what is not callable.
    """
    if on not in ("save", "poll", "manual"):
        raise ValueError(f'on must be "save", "poll" or "manual", not {on!r}')
    if every is not None and not every > 0:
        raise ValueError(f"every must be a number of seconds above 0, not {every!r}")
    if target is None:
        return functools.partial(_decorate, every=every, on=on)
    return _decorate(target, every=every, on=on)


def _decorate(target: T, *, every: float | None, on: When) -> T:
    if not callable(target) and not isinstance(target, (staticmethod, classmethod, property)):
        raise TypeError(f"@autoreload is for functions, classes and other callables, not {target!r}")
    if _disabled.is_disabled():
        return target
    found = _find(target)
    if found is None:
        _log.say(logging.WARNING, f"@autoreload cannot reach the source of {target!r}: it stays as it is")
        return target
    module, names = found
    if every is not None:
        _Timer(_Selection({module.__name__}, names), every, target).start()
    elif on != "manual":
        watcher = _watcher(on)
        assert watcher.names is not None
        watcher.names.setdefault(module.__name__, set()).update(names)
        _auto.auto.look()
    return target


def _find(target: object) -> tuple[ModuleType, set[str]] | None:
    """The module and the qualified names; the module is taken in as it runs now."""
    if isinstance(target, property):
        target = target.fget or target.fset or target.fdel
    inner = target if isinstance(target, type) else next((each.function for each in locate.unwrap(target)), None)
    try:
        modules, names = _definition(type(target) if inner is None else inner)
    except TypeError:
        return None
    module = modules[0]
    path = source_path(module)
    if path is None:
        return None
    tracked = session.tracked.get(module.__name__)
    if tracked is None or tracked.module is not module:
        with session.held():
            session.track([(module, path)])
    return module, names


def poll() -> Report:
    """Brings what was decorated with `on="poll"` to what is saved. Costs next to nothing when nothing was."""
    watcher = _watchers.get("poll")
    return Report("nothing") if watcher is None or _disabled.is_disabled() else watcher.poll()


class _Timer(threading.Thread):
    """Looks at a file in an interval, as long as the decorated object lives."""

    def __init__(self, selection: _Selection, every: float, target: object) -> None:
        super().__init__(name=f"reloadr every {every:g} s", daemon=True)
        self._selection = selection
        self._every = every
        self._ended = threading.Event()
        with contextlib.suppress(TypeError):
            weakref.finalize(target, self._ended.set).atexit = False

    def run(self) -> None:
        """Until the object is gone."""
        while not self._ended.wait(self._every):
            try:
                with _auto.auto.aloud():
                    session.reload(self._selection)
            except Exception as error:
                _log.say(logging.ERROR, f"reloadr failed, please report this: {error!r}", error=error)


# ---- the names of reloadr 0.4 --------------------------------------------------------------------


def reloadr(target: T) -> T:
    """The decorator of reloadr 0.4: nothing happens until one of the methods it adds is called.

    `_reload()` brings the target to what is saved, `_start_timer_reload(1)` does so in an interval, and
    `_start_watch_reload()` at each save.
    """
    found = None if _disabled.is_disabled() else _find(target)

    def _reload() -> None:
        if found is not None:
            with _auto.auto.aloud():
                session.reload(selection_of(session, [target]))

    def _start_timer_reload(interval: float = 1) -> None:
        _decorate(target, every=interval, on="save")

    def _start_watch_reload() -> None:
        _decorate(target, every=None, on="save")

    for method in (_reload, _start_timer_reload, _start_watch_reload):
        setattr(target, method.__name__, staticmethod(method) if isinstance(target, type) else method)
    return target
