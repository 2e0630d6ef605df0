"""Hot reloading: an edit becomes live in the running process, or it says exactly why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, overload

from reloadr import _interpreter as _interpreter  # isort: skip  # first: it says why the rest would fail

from reloadr import _auto, _capture, _disabled
from reloadr._asyncio import awatch, awatch_task
from reloadr._auto import AfterFork, AutoWatcher, On, OnReport
from reloadr._core import __version__
from reloadr._disabled import disable, is_disabled
from reloadr._select import selection_of
from reloadr.hooks import Hook, Migration, on_reload
from reloadr.planning import Plan, PlannedEdit, plan
from reloadr.report import Change, Reason, Report, Verdict
from reloadr.session import Status, Target, Watcher, session

__all__ = [
    "AutoWatcher",
    "Change",
    "Hook",
    "Migration",
    "Plan",
    "PlannedEdit",
    "Reason",
    "Report",
    "Status",
    "Verdict",
    "Watcher",
    "__version__",
    "awatch",
    "awatch_task",
    "disable",
    "history",
    "is_disabled",
    "on_reload",
    "plan",
    "reload",
    "status",
    "undo",
    "watch",
]

if not is_disabled():
    _capture.install()
_disabled.undo += [_capture.uninstall, _auto.auto.shut]


@overload
def watch(
    *targets: Target,
    auto: Literal[True] = True,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
) -> AutoWatcher: ...


@overload
def watch(*targets: Target, auto: Literal[False], strict: bool = False) -> Watcher: ...


def watch(
    *targets: Target,
    auto: bool = True,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
) -> Watcher:
    """Watches modules, packages, dotted names, files or folders; nothing given: all of the user's own code.

    A package or folder includes what is loaded from it later. Saves are applied at once, by a thread; with
    `on="poll"` where `AutoWatcher.poll()` is called. With `auto=False` there is no file watch:
    `Watcher.poll()` looks at all files and brings the process to the state of the disk. `strict` applies
    all of a batch or, where one edit of it needs a restart, nothing. `on_report` is called after each
    reload. In a fork, the child watches for itself; with `after_fork="stop"` it does not watch. Raises
    ValueError for a target that cannot be watched.
    """
    if is_disabled():
        return _auto.inert()
    if auto:
        return _auto.start(targets, strict=strict, on=on, on_report=on_report, after_fork=after_fork)
    return session.watch(targets, strict=strict)


def reload(*objects: object, strict: bool = False) -> Report:
    """Brings functions, methods, classes, modules, packages, dotted names or paths to the state of the disk.

    A function or class alone leaves the rest of its file pending. Nothing given: all that is watched. Works
    for modules that were never watched. Raises ValueError or TypeError for what has no Python source.
    """
    if not objects:
        return session.poll(strict=strict)
    return session.reload(selection_of(session, objects), strict=strict)


def status() -> Status:
    """What runs but is not what is saved, and why; errors that wait for their fix."""
    return session.status()


def history() -> Sequence[Report]:
    """The reports of past reloads, the oldest first."""
    return tuple(session.log)


def undo() -> Report:
    """Takes the last reload back. Its files stay pending until they are saved again or reloaded by hand."""
    return session.undo()
