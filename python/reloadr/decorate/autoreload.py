"""`@autoreload`: exactly what is decorated is live, in a file that is not watched otherwise.

The decorator hands back the very object it was given: the engine patches functions and classes where they live,
also under wrappers, so there is nothing to put around them, and a call costs what it did. What is decorated is noted
by module and qualified name; all of it shares one watcher.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any, ClassVar, Literal, TypeVar, cast, overload

from reloadr import _disabled
from reloadr.decorate import places
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.module import Tracked
from reloadr.live.origin import source_path
from reloadr.live.proxy import proxy_for
from reloadr.report import log
from reloadr.report.reasons import worst
from reloadr.report.report import Report
from reloadr.session.rules import Rule
from reloadr.session.selection import Selection, definition_of
from reloadr.session.session import session
from reloadr.watching import auto
from reloadr.watching.watcher import On, Watcher, everyone

__all__ = ["When", "autoreload", "poll", "reloadr"]

When = Literal["save", "poll", "manual"]
T = TypeVar("T")

_lock = threading.Lock()
_watchers: dict[str, Watcher] = {}


class _Decorated(Rule):
    """The modules in which something is decorated, with the qualified names."""

    __slots__ = ("names",)
    names: dict[str, set[str]]

    def is_named(self, module: ModuleType) -> bool:
        return module.__name__ in self.names


def _watcher(on: On) -> Watcher:
    with _lock:
        watcher = _watchers.get(on)
        if watcher is None or not watcher.is_alive:
            rule = _Decorated()
            object.__setattr__(rule, "names", {} if watcher is None else watcher.names)
            watcher = _watchers[on] = auto.start_with([rule], on=on, names=rule.names)
        return watcher


@overload
def autoreload(target: T, /) -> T: ...


@overload
def autoreload(*, every: float | None = None, on: When = "save") -> Callable[[T], T]: ...


def autoreload(target: Any = None, /, *, every: float | None = None, on: When = "save") -> Any:
    """Keeps a function, method, class or other callable as its source is saved; nothing else of its file.

    Bare or with options: `on="save"` applies a save at once, `on="poll"` where `reloadr.poll()` is called,
    `on="manual"` where `reloadr.reload(target)` is; `every=seconds` looks at the file in that interval instead of
    at events. Returns the object it was given, or a proxy for one that cannot be patched where it lives: a builtin,
    a `functools.partial`, a callable instance. Raises ValueError for options that make no sense, TypeError for what
    is not callable.
    """
    if on not in ("save", "poll", "manual"):
        raise ValueError(f'on must be "save", "poll" or "manual", not {on!r}')
    if every is not None and not every > 0:
        raise ValueError(f"every must be a number of seconds above 0, not {every!r}")
    if target is None:
        return functools.partial(_decorate_here, every=every, on=on)
    return _decorate(target, every=every, on=on, frame=sys._getframe(1))


def _decorate_here(target: T, *, every: float | None, on: When) -> T:
    return _decorate(target, every=every, on=on, frame=sys._getframe(1))


def _decorate(target: T, *, every: float | None, on: When, frame: FrameType | None = None) -> T:
    if not callable(target) and not hasattr(type(target), "__get__"):
        raise TypeError(f"@autoreload is for functions, classes and other callables, not {target!r}")
    if _disabled.is_disabled():
        return target
    parts = _parts_of(target)

    def keep(parts: dict[str, set[str]]) -> None:
        _keep(parts, made, every=every, on=on)

    made: T = target
    if not places.is_patched_in_place(target):
        made = _stand_in(target, frame, parts, keep)
    if parts:
        keep(parts)
    elif made is target:
        log.say(logging.WARNING, f"@autoreload cannot reach the source of {target!r}: it stays as it is")
    return made


def _keep(parts: dict[str, set[str]], made: object, *, every: float | None, on: When) -> None:
    """From now on these parts of these modules are kept as they are saved."""
    if every is not None:
        _Timer.start_for(parts, every, made)
    elif on != "manual":
        watcher = _watcher(on)
        assert watcher.names is not None
        for module, names in parts.items():
            watcher.names.setdefault(module, set()).update(names)
        auto.auto.look()


def _stand_in(
    target: T, frame: FrameType | None, parts: dict[str, set[str]], keep: Callable[[dict[str, set[str]]], object]
) -> T:
    """A proxy, where the statement that makes the target can be told; its names are added to the parts."""
    module = None if frame is None else sys.modules.get(frame.f_globals.get("__name__", ""))
    if frame is None or module is None or module.__dict__ is not frame.f_globals:
        return target
    tracked = _take_in(module)
    if tracked is None or places.is_in_function(frame):
        return target
    proxy: Any = proxy_for(target)
    with session.held():
        # Under the lock it can only be this very thread's reload.
        is_reload = session.is_busy
    if is_reload:
        places.arrange_later(proxy, module, lambda place: keep({place.module: set(place.names)}))
        return cast("T", proxy)
    place = places.place_of(frame, tracked)
    if place is None:
        return target
    places.arrange(proxy, place)
    parts.setdefault(place.module, set()).update(place.names)
    return cast("T", proxy)


def _parts_of(target: object) -> dict[str, set[str]]:
    """By module, the qualified names of the functions and classes that a call of a target runs."""
    parts: dict[str, set[str]] = {}
    for found in _definitions(target):
        try:
            modules, names = definition_of(found)
        except TypeError:
            continue
        if _take_in(modules[0]) is not None:
            parts.setdefault(modules[0].__name__, set()).update(names)
    return parts


def _definitions(target: object) -> Iterator[object]:
    if isinstance(target, property):
        target = target.fget or target.fset or target.fdel
    if isinstance(target, type):
        yield target
        return
    functions = [each.function for each in locate.unwrap(target)]
    if places.is_patched_in_place(target):
        yield from functions[:1]
        return
    for each in (*functions, type(target)):
        module = sys.modules.get(each.__module__)
        path = None if module is None else source_path(module)
        if path is not None and is_user_code(path):
            yield each


def _take_in(module: ModuleType) -> Tracked | None:
    """A module as it runs now; None if it has no Python source."""
    tracked = session.tracked.get(module.__name__)
    if tracked is not None and tracked.module is module:
        return tracked
    path = source_path(module)
    if path is None:
        return None
    session.track([(module, path)])
    return session.tracked.get(module.__name__)


def poll() -> Report:
    """Brings to what is saved whatever waits for a `poll()`: watchers, and what was decorated with `on="poll"`.

    watcher = reloadr.watch("shop", on="poll"); reloadr.poll()     # the same as `watcher.poll()`
    """
    if _disabled.is_disabled():
        return Report("nothing")
    waiting = [each for each in everyone(session) if each.on != "save" and each.is_alive]
    # Whoever looks at all files comes last: it takes what the others did not want.
    reports = [each.poll() for each in sorted(waiting, key=lambda each: each.on == "look")]
    told = [report for report in reports if report.verdict != "nothing"]
    if len(told) < 2:
        return told[0] if told else Report("nothing")
    return Report(
        worst(report.verdict for report in told),
        tuple(change for report in told for change in report.changes),
        tuple(dict.fromkeys(reason for report in told for reason in report.reasons)),
        sum(report.elapsed for report in told),
        error=next((report.error for report in told if report.error is not None), None),
        traceback=next((report.traceback for report in told if report.traceback), ""),
        sources={module: running for report in told for module, running in report.sources.items()},
    )


class _Timer(threading.Thread):
    """Looks at a file in an interval, as long as the decorated object lives."""

    _running: ClassVar[dict[frozenset[tuple[str, str]], _Timer]] = {}

    def __init__(self, selection: Selection, every: float, target: object) -> None:
        super().__init__(name=f"reloadr every {every:g} s", daemon=True)
        self._selection = selection
        self._every = every
        self._ended = threading.Event()
        with contextlib.suppress(TypeError):
            weakref.finalize(target, self._ended.set).atexit = False

    @classmethod
    def start_for(cls, parts: dict[str, set[str]], every: float, target: object) -> None:
        """Starts one, in the place of an earlier one for the same names: the definition may have run again."""
        key = frozenset((module, name) for module, names in parts.items() for name in names)
        timer = cls(Selection(set(parts), None, parts), every, target)
        with _lock:
            earlier = cls._running.get(key)
            cls._running[key] = timer
        if earlier is not None:
            earlier._ended.set()
        timer.start()

    def run(self) -> None:
        """Until the object is gone."""
        while not self._ended.wait(self._every):
            try:
                with auto.auto.aloud():
                    session.reload(self._selection)
            except Exception as error:
                log.say(logging.ERROR, f"reloadr failed, please report this: {error!r}", error=error)


# ---- the names of reloadr 0.4 --------------------------------------------------------------------


def reloadr(target: T) -> T:
    """The decorator of reloadr 0.4: nothing happens until one of the methods it adds is called.

    `_reload()` brings the target to what is saved, `_start_timer_reload(1)` does so in an interval, and
    `_start_watch_reload()` at each save.
    """
    found = not _disabled.is_disabled() and bool(_parts_of(target))

    def _reload() -> None:
        if found:
            with auto.auto.aloud():
                session.reload(session.select([target]))

    def _start_timer_reload(interval: float = 1) -> None:
        _decorate(target, every=interval, on="save")

    def _start_watch_reload() -> None:
        _decorate(target, every=None, on="save")

    for method in (_reload, _start_timer_reload, _start_watch_reload):
        setattr(target, method.__name__, staticmethod(method) if isinstance(target, type) else method)
    return target
