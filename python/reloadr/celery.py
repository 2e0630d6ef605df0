"""Edits on Celery: what is saved is live in each process of a worker before its next task.

    app = Celery(...)
    reloadr.celery.watch(app, "shop")

Between tasks nothing is at work that an edit could meet half-way; so a process looks at the files before each task,
and no thread and no file watch are needed. A process that the pool makes later is a fork of the worker as it was
started, and comes to the saved text in the same way. That is why a pool cannot help where an edit needs a restart:
the worker restarts as Celery has it, once what is at work has ended.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from celery import Celery, platforms, signals
from celery.worker import state as worker_state
from celery.worker.control import inspect_command

from reloadr.report import log
from reloadr.report.merging import merge
from reloadr.report.report import Report, summary
from reloadr.session.session import session
from reloadr.tree.wire import TREE
from reloadr.watching.auto import auto, start
from reloadr.watching.watcher import OnReport, Watcher

__all__ = ["watch"]

#: Where the processes of a worker find the folder in which they say what they run.
FOLDER = "RELOADR_CELERY"
#: The file there that says that the worker is to restart, and how often it is looked for, seconds.
RESTART, OFTEN = "restart", 0.5


class _Worker:
    """The processes of one worker: each has this, and its own watcher."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.listeners: list[OnReport] = []
        self.restarts = True
        self._is_restarting = False
        self._watcher: Watcher | None = None
        #: What the last look that found something gave.
        self._last = Report("nothing")
        self._pid = 0

    def begin(self, **_: object) -> None:
        """The worker was started: what its modules are now is what its processes begin with."""
        if self._watcher is None and self.names:
            self._watcher = start(self.names, on="look", on_report=self._heard, judges=False)

    def before_pool(self, **_: object) -> None:
        """A folder of the user's own, before there are processes that say something in it."""
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="reloadr-celery-")
        self.begin()

    def ready(self, sender: Any = None, **_: object) -> None:
        """Its loop looks whether one of its processes needs a restart."""
        # Below `reloadr run` there is one who starts all of the program again.
        if self.restarts and TREE not in os.environ:
            sender.timer.call_repeatedly(OFTEN, self._look)

    def _look(self) -> None:
        folder = os.environ.get(FOLDER)
        if folder is not None and not self._is_restarting and os.path.exists(os.path.join(folder, RESTART)):
            self._is_restarting = True
            log.say(logging.WARNING, "the worker restarts as soon as its tasks have ended")
            atexit.register(_begin_again)
            worker_state.should_stop = os.EX_OK

    def end(self, **_: object) -> None:
        """The worker ends."""
        folder = os.environ.pop(FOLDER, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def before_task(self, **_: object) -> None:
        """What was saved becomes live; what cannot is said, and the task runs what there is."""
        self.begin()
        if self._watcher is None:
            return
        with auto.aloud():
            found = self._watcher.poll()
        if found or self._pid != os.getpid():
            self._say(found)

    def _heard(self, report: Report) -> None:
        for listener in self.listeners:
            listener(report)

    def _say(self, report: Report) -> None:
        self._last, self._pid = report, os.getpid()
        folder = os.environ.get(FOLDER)
        if folder is not None and os.path.isdir(folder):
            said = replace(report, sources=session.status().running).to_dict()
            path = Path(folder, str(os.getpid()))
            with contextlib.suppress(OSError):
                path.with_suffix(".new").write_text(json.dumps(said))
                path.with_suffix(".new").replace(path)
                if report.needs_restart:
                    Path(folder, RESTART).touch()


_worker = _Worker()


def _begin_again() -> None:
    """As Celery does for SIGHUP, with the command as it was typed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    platforms.close_open_fds([sys.__stdin__, sys.__stdout__, sys.__stderr__])
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _said() -> Iterator[Report]:
    """What the living processes of this worker have said."""
    folder = os.environ.get(FOLDER, "")
    for path in sorted(Path(folder).iterdir()) if os.path.isdir(folder) else ():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            os.kill(int(path.name), 0)
            found = Report.from_dict(json.loads(path.read_text()))
            # It has nothing to say but that it runs.
            yield found if found else replace(found, verdict="live")


@inspect_command(name="reloadr")  # type: ignore[untyped-decorator]
def _status(state: object) -> dict[str, Any]:
    """What the processes of this worker run that have had a task, and what they could not take: reloadr."""
    merged = merge(_said())
    return {
        "summary": summary(merged),
        "reasons": [str(reason) for reason in merged.reasons],
        "processes": {
            member.pid: {"verdict": member.verdict, "running": dict(member.sources)} for member in merged.members
        },
    }


def watch(app: Celery, *names: str, on_report: Callable[[Report], object] | None = None, restart: bool = True) -> None:
    """Has saves of modules and packages live in each process of `app`'s workers before its next task.

    Called where the app is made. Does nothing in processes that are no workers. `on_report` is called in each process
    with what became of a save. `celery inspect reloadr` tells what the processes run. Where an edit needs a
    restart, the worker restarts once its tasks have ended; with `restart=False` that is only said. Raises ValueError
    without names.
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError('name the modules or packages to watch: reloadr.celery.watch(app, "shop")')
    _worker.names += [name for name in names if name not in _worker.names]
    _worker.restarts = restart
    if on_report is not None:
        _worker.listeners.append(on_report)
    signals.worker_init.connect(_worker.before_pool, dispatch_uid="reloadr")
    signals.worker_process_init.connect(_worker.begin, dispatch_uid="reloadr")
    signals.worker_ready.connect(_worker.ready, dispatch_uid="reloadr")
    signals.worker_shutdown.connect(_worker.end, dispatch_uid="reloadr")
    signals.task_prerun.connect(_worker.before_task, dispatch_uid="reloadr")
