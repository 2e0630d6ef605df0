"""Saves are applied by themselves: one file watch and one daemon thread a process, whatever the number of
watchers.

```
FileWatch ─▶ queue of paths ─▶ look ─▶ settle ─▶ Session ─▶ report ─▶ logger, on_report, awatch
 wait()       who wants them?    read    half a     apply
              paused? poll?      it      file waits
```

The thread sleeps in the file watch, which wakes it for a save or for a promised deadline and for nothing
else. A path that is wanted "on save" is applied by the thread itself; one that is wanted "on poll" stays in
the queue until somebody's `poll()` takes it out. The session's lock keeps both from happening at once.
A watcher that wants to "look" for itself has no part in this, but for what is said.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import get_args

from reloadr import _interpreter, plugins
from reloadr._core import FileWatch, WatchBatch, WatchWake
from reloadr.live import capture
from reloadr.proof.judging import judge, thread
from reloadr.report import log
from reloadr.report.report import Report
from reloadr.running import news
from reloadr.session.rules import Rule, Target, rules_for
from reloadr.session.session import Session, session
from reloadr.watching.delivery import Delivery
from reloadr.watching.forks import ForkLock, quieten_fork
from reloadr.watching.imports import Imports
from reloadr.watching.placed import Placed
from reloadr.watching.ready import Ready
from reloadr.watching.relayed import Files
from reloadr.watching.watcher import AfterFork, Inert, On, OnReport, Watcher, everyone, told

__all__ = ["Auto", "auto", "inert", "start", "start_with"]


class Auto:
    """The file watch and the thread that is told by it."""

    def __init__(self, owner: Session) -> None:
        self.session = owner
        imports = self._imports = Imports()
        self._placed = Placed(owner.tracked, imports)
        self._delivery = Delivery(owner, self._placed, imports)
        self._ready = Ready(owner)
        self._fork_lock = ForkLock(owner)
        self._thread: threading.Thread | None = None
        self._hooked = False
        self._aloud = threading.local()
        #: Called by the thread when it begins, and whenever it has done something.
        self.turns: list[Callable[[], object]] = []
        #: When it is to take a turn in any case.
        self.deadlines: list[Callable[[], float | None]] = []
        #: Makes the file watch, where it is another one; and what other threads of ours there are.
        self.make: Callable[[], Files] | None = None
        self.threads: list[threading.Thread] = []

    # ---- watchers --------------------------------------------------------------------------------

    @property
    def files(self) -> Files | None:
        """The file watch; None while nobody has to be told of anything."""
        return self._placed.files

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that would apply a save."""
        return self._thread is not None and self._thread.is_alive() and self.files is not None

    @property
    def has_waiting(self) -> bool:
        """Whether it was told of saves that are not applied yet."""
        return self._delivery.has_waiting

    def begin(self, watcher: Watcher) -> None:
        """Takes a watcher in."""
        self.listen()
        if watcher.on == "look":
            self.session.add(watcher)
            return
        with self.session.held():
            self._open()
            self._placed.watch_folders(watcher.rules)
            self.session.add(watcher)
            self._place()
        self.wake()

    def listen(self) -> None:
        """Hears of reloads, imports and forks from now on."""
        if not self._hooked:
            self._hooked = True
            self.session.judge = judge
            self.session.listeners.append(self._heard)
            self.session.mended_listeners.append(_say_mended)
            capture.listeners.append(self._imported)
            news.listeners.append(self.wake)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(
                    before=self._before_fork, after_in_parent=self._fork_lock.in_parent, after_in_child=self._in_child
                )

    @contextmanager
    def aloud(self) -> Iterator[None]:
        """Inside the block this thread's reloads are told to people: nobody is handed their reports."""
        self.listen()
        self._aloud.is_on = True
        try:
            yield
        finally:
            self._aloud.is_on = False

    def ended(self) -> None:
        """A watcher was stopped: with the last one the thread ends."""
        with self.session.held():
            if told(self.session):
                return
            files, self._placed.files, self._thread = self.files, None, None
            if files is not None:
                files.stop()
            self._forget()

    def shut(self) -> None:
        """Stops all watchers that are told of saves."""
        for watcher in told(self.session):
            watcher.stop()

    def look(self, rules: Iterable[Rule] = ()) -> None:
        """Takes in what a watcher began to want."""
        with self.session.held():
            self._placed.watch_folders(rules)
            self._place()
        self.wake()

    def wake(self) -> None:
        """Lets the thread look at its queue."""
        if self.files is not None:
            self.files.wake()

    def _open(self) -> None:
        if self.files is not None:
            return
        self._forget()
        files = self._placed.files = FileWatch() if self.make is None else self.make()
        self._thread = threading.Thread(target=self._run, args=(files,), name="reloadr", daemon=True)
        self._thread.start()

    def watch_itself(self) -> None:
        """Nobody brings news of saves any more: this process asks the operating system itself."""
        with self.session.held():
            self.make = None
            files = self.files
            if files is not None:
                self._placed.files, self._thread = None, None
                files.stop()
                self._open_again()

    def _open_again(self) -> None:
        """A file watch of all that is wanted; all of it is looked at once."""
        self._open()
        for watcher in told(self.session):
            self._placed.watch_folders(watcher.rules)
        self._place()
        self.wake()

    def told_of(self, saved: Sequence[str], gone: Sequence[str]) -> None:
        """Somebody else has seen saves."""
        files = self.files
        if files is not None:
            self._delivery.gone(gone)
            # It minds repositories that are being rewritten, and what belongs together.
            files.again([*saved, *gone])

    def _forget(self) -> None:
        self._delivery.clear()
        self._placed.clear()
        self._imports.clear()
        self._ready.clear()

    def _place(self) -> None:
        self._delivery.add(self._placed.place())

    def _imported(self, module: ModuleType, path: str) -> None:
        """A file is about to be read by an import: it is watched from before that."""
        if self.files is not None and any(watcher.wants(module, path) for watcher in told(self.session)):
            self._placed.watch_import(path)

    # ---- the thread ------------------------------------------------------------------------------

    def _run(self, files: Files) -> None:
        plugins.find()
        thread.is_ours = thread.hurries = True
        self._imports.expect()
        while files is self.files:
            try:
                for turn in self.turns:
                    turn()
                batch = files.wait(self._timeout())
                if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                    return
                self._take(batch)
                if self._imports.have_ended():
                    self.take_in()
                    self._ready.begin()
                self.deliver(None)
                self._ready.step()
            except Exception as error:
                if sys.is_finalizing():
                    return
                log.say(logging.ERROR, f"reloadr failed, please report this: {error!r}", error=error)

    def _timeout(self) -> float | None:
        if self._ready.has_more:
            return 0.0
        at = self._delivery.deadline()
        others = (at, *(each() for each in self.deadlines))
        times = [*self._imports.deadlines(), *(each for each in others if each is not None)]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _take(self, batch: WatchBatch) -> None:
        for problem in batch.problems:
            log.say(logging.WARNING, str(problem))
        self._delivery.take(batch)

    def take_in(self) -> None:
        """Watches what was imported since the last look."""
        with self.session.held():
            if not self.session.is_busy:
                self.session.discovery.look()
                self._place()

    def deliver(self, poller: Watcher | None) -> Report:
        """Applies what waits in the queue and is wanted now: by `poller`, or without one by the thread."""
        self.session.tell_moved()
        if poller is not None and not (poller.left or self.has_waiting):
            return Report("nothing")
        with self.session.held():
            return Report("nothing") if self.session.is_busy else self._delivery.deliver(poller)

    # ---- what is said ----------------------------------------------------------------------------

    def _heard(self, report: Report) -> None:
        # Somebody who polls is handed the report: for him its lines are information, no warnings.
        is_ours = getattr(thread, "is_ours", False) or getattr(self._aloud, "is_on", False)
        # What nobody asked for beside something that is decorated is left out on purpose.
        pending = [each for each in self.session.pending.waiting()[0] if each.code != "RL222"] if is_ours else []
        log.tell(report, quiet=not is_ours, pending=pending)
        if report.verdict in ("live", "caveat") and (count := _interpreter.others()):
            more = "another interpreter, which does" if count == 1 else f"{count} other interpreters, which do"
            log.say(logging.WARNING, f"process {os.getpid()} has {more} not get what is saved")
        for watcher in everyone(self.session):
            if watcher.has_hearers and watcher.concerns(report, self.session.tracked):
                # It may wait for other threads, which may want the lock.
                self.session.telling.add(partial(watcher.heard, report))

    # ---- forks -----------------------------------------------------------------------------------

    def _before_fork(self) -> None:
        self._fork_lock.before()
        quieten_fork([*([self._thread] if self._thread is not None else []), *self.threads])

    def _in_child(self) -> None:
        self._fork_lock.in_child()
        self._delivery.forked()
        was_running = self.files is not None
        self.threads.clear()
        self._placed.files, self._thread = None, None
        self._forget()
        for watcher in everyone(self.session):
            if watcher.after_fork == "stop":
                watcher.left_behind()
                self.session.watchers.remove(watcher)
        if was_running and told(self.session):
            # The thread that begins with it looks for modules at once.
            with self.session.held():
                self._open_again()


def _say_mended() -> None:
    log.say(logging.INFO, log.MENDED)


def inert() -> Watcher:
    """A watcher that watches nothing, for a process in which reloadr is disabled."""
    return Inert(auto, [])


def start(
    targets: Iterable[Target],
    *,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
    notify: Callable[[], object] | None = None,
    judges: bool = True,
) -> Watcher:
    """A watcher of targets. Raises ValueError for a target that cannot be watched, or an unknown option."""
    for name, value, known in (("on", on, get_args(On)), ("after_fork", after_fork, get_args(AfterFork))):
        if value not in known:
            words = ", ".join(f'"{each}"' for each in known[:-1])
            raise ValueError(f'{name} must be {words} or "{known[-1]}", not {value!r}')
    rules = rules_for(targets)
    return start_with(
        rules, strict=strict, on=on, on_report=on_report, after_fork=after_fork, notify=notify, judges=judges
    )


def start_with(
    rules: Sequence[Rule],
    *,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
    notify: Callable[[], object] | None = None,
    names: dict[str, set[str]] | None = None,
    judges: bool = True,
) -> Watcher:
    """A watcher by rules instead of targets."""
    watcher = Watcher(
        auto,
        rules,
        strict=strict,
        on=on,
        on_report=on_report,
        after_fork=after_fork,
        notify=notify,
        names=names,
        judges=judges,
    )
    auto.begin(watcher)
    return watcher


auto = Auto(session)
