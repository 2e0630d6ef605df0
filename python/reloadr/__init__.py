"""Hot reloading: an edit becomes live in the running process, or it says exactly why not."""

from __future__ import annotations

from collections.abc import Sequence

from reloadr import _capture
from reloadr._core import __version__
from reloadr._select import selection_of
from reloadr.hooks import Hook, Migration, on_reload
from reloadr.planning import Plan, PlannedEdit, plan
from reloadr.report import Change, Reason, Report, Verdict
from reloadr.session import Status, Target, Watcher, session

__all__ = [
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
    "history",
    "on_reload",
    "plan",
    "reload",
    "status",
    "undo",
    "watch",
]

_capture.install()


def watch(*targets: Target, auto: bool = True, strict: bool = False) -> Watcher:
    """Watches modules, packages, dotted names, files or folders; nothing given: all of the user's own code.

    A package or folder includes what is loaded from it later. With `auto=False` nothing happens by itself:
    `Watcher.poll()` brings the process to the state of the disk. `strict` applies all of a batch or, where
    one edit of it needs a restart, nothing. Raises ValueError for a target that cannot be watched.
    """
    if auto:
        raise NotImplementedError("watching by itself is not there yet: use watch(..., auto=False) and poll()")
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


