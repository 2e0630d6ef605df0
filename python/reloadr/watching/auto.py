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
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from reloadr._core import FileWatch, WatchBatch, WatchEventKind, WatchScope, WatchWake
from reloadr.live import capture
from reloadr.live.module import Tracked
from reloadr.report import log
from reloadr.report.report import Reason, Report
from reloadr.session.session import Session, Target, _Rule, _rule, _Selection, session
from reloadr.watching.looking import Look, file_of
from reloadr.watching.settling import Settling
from reloadr.watching.watcher import AfterFork, AutoWatcher, Inert, On, OnReport

__all__ = ["AfterFork", "Auto", "AutoWatcher", "On", "OnReport", "auto", "start"]

#: The first and the longest wait for a module to finish its import, seconds.
EARLY, EARLIEST_AGAIN = 0.02, 1.0
#: How long after the last import what was imported is taken in, seconds; a save does so at once.
AFTER_IMPORTS = 0.5
#: How often what is due is put off while something rewrites its repository over and over.
MOST_PUT_OFFS = 20
#: How long a fork waits for a reload to end, seconds.
FORK_PATIENCE = 5.0
FORK_WARNING = r"This process \(pid=\d+\) is multi-threaded, use of (fork|forkpty)\(\) may lead to deadlocks"


class Auto:
    """What is told by the file watch and not applied yet, and the thread that applies it."""

    def __init__(self, owner: Session) -> None:
        self.session = owner
        self._files: FileWatch | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        #: Paths to look at.
        self._queue: set[str] = set()
        #: Those that the file watch told of last as being there. If one is not, that is told when it is sure.
        self._present: set[str] = set()
        self._settling = Settling()
        #: The modules whose files are watched, by name, and their watched paths.
        self._placed: dict[str, tuple[Tracked, str]] = {}
        #: What a watched path stands for: itself, or the modules in an archive.
        self._modules: dict[str, set[str]] = {}
        #: The version of the session's modules whose files are watched.
        self._placed_at = -1
        #: Files whose modules are still being imported: their events wait.
        self._importing: set[str] = set()
        self._early: set[str] = set()
        self._early_at: float | None = None
        self._early_wait = EARLY
        #: When what was imported is taken in, and how many imports there were when that was decided.
        self._take_in_at: float | None = None
        self._take_in_after = 0
        self._fork_lock = False
        self._hooked = False
        self._aloud = threading.local()
        #: How often in a row what was due was put off, since its repository was not at rest.
        self._put_offs = 0

    # ---- watchers --------------------------------------------------------------------------------

    @property
    def watchers(self) -> list[AutoWatcher]:
        """Those that are told of saves."""
        return [each for each in list(self.session.watchers) if isinstance(each, AutoWatcher)]

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that would apply a save."""
        return self._thread is not None and self._thread.is_alive() and self._files is not None

    @property
    def has_waiting(self) -> bool:
        """Whether it was told of saves that are not applied yet."""
        return bool(self._queue or self._settling)

    def begin(self, watcher: AutoWatcher, rules: Iterable[_Rule]) -> None:
        """Takes a watcher in."""
        self.listen()
        with self.session.held():
            self._open()
            self.session.watchers.append(watcher)
            self._watch_folders(rules)
            self.session._known.clear()
            self.session.discover()
            self._place()
        self.wake()

    def listen(self) -> None:
        """Hears of reloads, imports and forks from now on."""
        if not self._hooked:
            self._hooked = True
            self.session.listeners.append(self._heard)
            capture.listeners.append(self._imports)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(
                    before=self._before_fork, after_in_parent=self._in_parent, after_in_child=self._in_child
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
            if self.watchers:
                return
            files, self._files, self._thread = self._files, None, None
            if files is not None:
                files.stop()
            self._forget()

    def shut(self) -> None:
        """Stops all watchers."""
        for watcher in self.watchers:
            watcher.stop()

    def look(self, rules: Iterable[_Rule] = ()) -> None:
        """Takes in what a watcher began to want."""
        with self.session.held():
            if self._files is not None:
                self._watch_folders(rules)
            self._place()
        self.wake()

    def wake(self) -> None:
        """Lets the thread look at its queue."""
        if self._files is not None:
            self._files.wake()

    def _open(self) -> None:
        if self._files is not None:
            return
        self._forget()
        self._files = FileWatch()
        self._thread = threading.Thread(target=self._run, args=(self._files,), name="reloadr", daemon=True)
        self._thread.start()

    def _forget(self) -> None:
        self._queue.clear()
        self._settling.clear()
        self._placed.clear()
        self._placed_at = -1
        self._modules.clear()
        self._present.clear()
        self._importing.clear()
        self._early.clear()
        self._early_at = self._take_in_at = None

    def _watch_folders(self, rules: Iterable[_Rule]) -> None:
        """Folders as a whole: what is loaded from them later may come by ways that nobody sees."""
        assert self._files is not None
        for rule in rules:
            if rule.folder:
                self._files.add(rule.folder, scope=WatchScope.TREE)
            for folder in (*getattr(rule.module, "__path__", ()), *getattr(rule, "folders", ())):
                self._files.add(folder, scope=WatchScope.TREE)

    def _place(self) -> None:
        """Watches the files of modules that were found since the last time, and looks at them once: they may
        have changed before their watch began."""
        files = self._files
        if files is None or self._placed_at == self.session.tracked.version:
            return
        self._placed_at = self.session.tracked.version
        fresh: set[str] = set()
        for name, tracked in self.session.tracked.items():
            placed = self._placed.get(name)
            if placed is not None and placed[0] is tracked:
                continue
            path = file_of(tracked.path)
            self._placed[name] = (tracked, path)
            self._modules.setdefault(path, set()).add(tracked.path)
            if path not in self._importing:
                files.add(path)
                fresh.add(path)
            elif path in self._early:
                # It was saved before its import had ended.
                fresh.add(path)
            self._importing.discard(path)
        if len(self._placed) > len(self.session.tracked):
            for name in self._placed.keys() - self.session.tracked.keys():
                _, path = self._placed.pop(name)
                if not any(path == other for _, other in self._placed.values()):
                    self._modules.pop(path, None)
                    files.remove(path)
        with self._lock:
            self._queue |= fresh

    def _imports(self, module: ModuleType, path: str) -> None:
        """A file is about to be read by an import: it is watched from before that."""
        files = self._files
        if files is None or not any(watcher.wants(module, path) for watcher in self.watchers):
            return
        path = os.path.abspath(path)
        if path in self._modules or path in self._importing:
            return
        try:
            files.add(path)
        except RuntimeError:  # a fork, or stopped in this moment
            return
        self._importing.add(path)
        if self._take_in_at is None:
            self._take_in_at = time.monotonic() + AFTER_IMPORTS
            files.wake()

    # ---- the thread ------------------------------------------------------------------------------

    def _run(self, files: FileWatch) -> None:
        while files is self._files:
            try:
                batch = files.wait(self._timeout())
                if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                    return
                self._take(batch)
                self._take_in()
                self.deliver(None)
            except Exception as error:
                if sys.is_finalizing():
                    return
                log.say(logging.ERROR, f"reloadr failed, please report this: {error!r}", error=error)

    def _timeout(self) -> float | None:
        times = [at for at in (self._settling.deadline(), self._early_at, self._take_in_at) if at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _take(self, batch: WatchBatch) -> None:
        for problem in batch.problems:
            log.say(logging.WARNING, str(problem))
        paths: set[str] = set()
        for event in batch.events:
            if event.kind == WatchEventKind.RESCAN:
                paths.update(self._modules)
                self._early |= self._importing
            elif event.path is not None:
                paths.add(event.path)
                if event.kind == WatchEventKind.CHANGED:
                    self._present.add(event.path)
                else:
                    self._present.discard(event.path)
        now = time.monotonic()
        if self._early_at is not None and self._early_at <= now:
            paths |= self._early
        with self._lock:
            self._queue |= paths

    def _take_in(self) -> None:
        """Takes in what was imported, once no more is: the first save need not wait for that."""
        now = time.monotonic()
        if self._take_in_at is None or now < self._take_in_at:
            return
        count = capture.imports()
        if count != self._take_in_after:
            self._take_in_at, self._take_in_after = now + AFTER_IMPORTS, count
            return
        self._take_in_at = None
        with self.session.held():
            if not self.session._busy:
                self.session.discover()
                self._place()

    # ---- delivery --------------------------------------------------------------------------------

    def deliver(self, poller: AutoWatcher | None) -> Report:
        """Applies what waits in the queue and is wanted now: by `poller`, or without one by the thread."""
        if poller is not None and not (poller.left or self.has_waiting):
            return Report("nothing")
        with self.session.held():
            if self.session._busy:
                return Report("nothing")
            started = time.perf_counter()
            with self._lock:
                told = set(self._queue)
            self.session.discover_for(path for each in told for path in self._modules.get(each, ()))
            self._place()
            now = time.monotonic()
            with self._lock:
                if poller is None or poller.names is None:
                    waiting = self._settling.together(self._queue | self._settling.due(now))
                else:
                    waiting, poller.left = poller.left, set()
            due, strict = self._wanted(waiting, poller)
            if poller is None:
                # What is left is for a poll, or for the end of a pause, which look at all that is due.
                self._settling.tell(waiting - due, now)
            if not due:
                return Report("nothing")
            if poller is None or poller.names is None:
                with self._lock:
                    self._queue -= due
            return self._apply(due, now, poller, strict=strict, started=started)

    def _wanted(self, paths: set[str], poller: AutoWatcher | None) -> tuple[set[str], bool]:
        """Those of the paths to apply now, and whether strictly. Unknown ones are dropped."""
        due: set[str] = set()
        strict = False
        called: set[AutoWatcher] = set()
        early: set[str] = set()
        for path in paths:
            if path not in self._modules:
                with self._lock:
                    self._queue.discard(path)
                if path in self._importing:
                    early.add(path)
                continue
            wanting = self._wanting(path)
            if any(watcher.is_paused for watcher in wanting):
                continue
            if poller in wanting if poller is not None else any(watcher.on == "save" for watcher in wanting):
                due.add(path)
                strict = strict or any(watcher.strict for watcher in wanting)
            if poller is None:
                polled = [watcher for watcher in wanting if watcher.on == "poll"]
                called.update(polled)
                self._leave(path, polled, due)
        self._wait_for_imports(early)
        for watcher in called:
            watcher.notify()
        return due, strict

    def _leave(self, path: str, polled: list[AutoWatcher], due: set[str]) -> None:
        """Each polled watcher of decorated things gets a path for itself; others share the queue."""
        for watcher in polled:
            if watcher.names is not None:
                watcher.left.add(path)
        if path not in due and polled and all(watcher.names is not None for watcher in polled):
            with self._lock:
                self._queue.discard(path)

    def _wait_for_imports(self, early: set[str]) -> None:
        if early - self._early:
            self._early_wait = EARLY
        elif early:
            self._early_wait = min(self._early_wait * 2, EARLIEST_AGAIN)
        self._early = {path for path in self._early | early if path in self._importing}
        if early or not self._early:
            self._early_at = time.monotonic() + self._early_wait if self._early else None

    def _wanting(self, path: str) -> list[AutoWatcher]:
        modules = [tracked for each in self._modules[path] for tracked in self.session.tracked.of(each)]
        return [watcher for watcher in self.watchers if any(watcher.wants(t.module, t.path) for t in modules)]

    def _apply(self, due: set[str], now: float, poller: AutoWatcher | None, *, strict: bool, started: float) -> Report:
        """Looks at the files and applies them, unless one of them looks unfinished. The lock is held."""
        at_rest = self._at_rest()
        if at_rest is None and self._put_off(due, now):
            return Report("nothing")
        paths = sorted(path for each in due for path in self._modules[each])
        look = Look(self.session, self._settling, paths, now, present=self._present)
        if self._at_rest() != at_rest and self._put_off(due, now):
            # Some of it is of before, and some of after what happened to the repository meanwhile.
            look.take_back()
            return Report("nothing")
        self._put_offs = 0
        # Each of them must be asked: they note whom they keep.
        keeps = [self._settling.keep_with(path, due, now) for path in look.believe()]
        if any(keeps):
            look.take_back()
            return Report("nothing")
        return self._reload(due, look.gone, poller, strict=strict, started=started)

    def _at_rest(self) -> int | None:
        """The same number as long as no repository is being rewritten, nor was; None while one is."""
        return self._files.rest() if self._files is not None else 0

    def _put_off(self, due: set[str], now: float) -> bool:
        """Has files delivered again when their repository is at rest. Not for ever: something may use it all the
        time.
        """
        self._put_offs += 1
        if self._files is None or self._put_offs > MOST_PUT_OFFS:
            return False
        self._settling.tell(due, now)
        self._files.again(sorted(due))
        return True

    def _reload(
        self, due: set[str], gone: list[Reason], poller: AutoWatcher | None, *, strict: bool, started: float
    ) -> Report:
        """Applies files that were looked at: as a whole, but for those of which only something is decorated."""
        owner = self.session
        selective = [watcher for watcher in self.watchers if watcher.names is not None]
        asking = [poller] if poller in selective else [each for each in selective if each.on == "save"]
        if not selective:
            return owner._reload(None, gone, strict=strict, started=started)
        full = [each for each in owner.watchers if each not in selective]
        whole = {n for n, t in owner.tracked.items() if any(each.wants(t.module, t.path) for each in full)}
        report = owner._reload(_Selection(whole), gone, strict=strict, started=started)
        for name, (_, path) in self._placed.items():
            names = {each for watcher in asking if watcher for each in (watcher.names or {}).get(name, ())}
            if path in due and name not in whole and names:
                self._ask_again(path)
                part = owner._reload(_Selection({name}, names), [], strict=strict, started=started)
                report = part or report
        return report

    def _ask_again(self, path: str) -> None:
        """A reload of something else in the file may have looked at it first."""
        for each in self._modules[path]:
            dirty = self.session.dirty.get(each)
            if dirty is not None and dirty.report is not None and dirty.report.verdict in ("live", "caveat", "nothing"):
                dirty.report = None

    # ---- what is said ----------------------------------------------------------------------------

    def _heard(self, report: Report) -> None:
        # Somebody who polls is handed the report: for him its lines are information, no warnings.
        is_ours = threading.current_thread() is self._thread or getattr(self._aloud, "is_on", False)
        # What nobody asked for beside something that is decorated is left out on purpose.
        pending = [each for each in self.session.waiting()[0] if each.code != "RL222"] if is_ours else []
        log.tell(report, quiet=not is_ours, pending=pending)
        for watcher in self.watchers:
            if watcher.concerns(report, self.session.tracked):
                watcher.heard(report)

    # ---- forks -----------------------------------------------------------------------------------

    def _before_fork(self) -> None:
        # A child that is made in the middle of a reload would never see its end.
        self._fork_lock = self.session.lock.acquire(timeout=FORK_PATIENCE)
        _quieten_fork(self._thread)

    def _in_parent(self) -> None:
        if self._fork_lock:
            self.session.lock.release()

    def _in_child(self) -> None:
        if self._fork_lock:
            self.session.lock.release()
        else:
            self.session.lock = threading.RLock()
        self._lock = threading.Lock()
        was_running = self._files is not None
        self._files, self._thread = None, None
        self._forget()
        if not was_running:
            return
        for watcher in self.watchers:
            if watcher.after_fork == "stop":
                watcher._stopped = True
                self.session.watchers.remove(watcher)
        if self.watchers:
            self._open()
            for watcher in self.watchers:
                self._watch_folders(watcher._rules)
            self._place()
            self.wake()


def _quieten_fork(thread: threading.Thread | None) -> None:
    """CPython 3.12 and later warn of a fork beside other threads.

    Where those are ours alone there is nothing to warn of: they hold nothing that the child needs.
    """
    if thread is not None and thread.is_alive() and threading.active_count() == 2:
        warnings.filterwarnings("ignore", FORK_WARNING, DeprecationWarning)
        return
    for entry in list(warnings.filters):
        if getattr(entry[1], "pattern", None) == FORK_WARNING:
            warnings.filters.remove(entry)  # type: ignore[attr-defined]


def inert() -> AutoWatcher:
    """A watcher that watches nothing, for a process in which reloadr is disabled."""
    return Inert(auto, [], strict=False, on="save", on_report=None, after_fork="stop")


def start(
    targets: Iterable[Target],
    *,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
    notify: Callable[[], object] | None = None,
) -> AutoWatcher:
    """A watcher that is told of saves. Raises ValueError for a target that cannot be watched."""
    if on not in ("save", "poll"):
        raise ValueError(f'on must be "save" or "poll", not {on!r}')
    if after_fork not in ("watch", "stop"):
        raise ValueError(f'after_fork must be "watch" or "stop", not {after_fork!r}')
    rules = [_rule(target) for target in targets] or [_Rule(everything=True)]
    return start_with(rules, strict=strict, on=on, on_report=on_report, after_fork=after_fork, notify=notify)


def start_with(
    rules: Sequence[_Rule],
    *,
    strict: bool = False,
    on: On = "save",
    on_report: OnReport | None = None,
    after_fork: AfterFork = "watch",
    notify: Callable[[], object] | None = None,
    names: dict[str, set[str]] | None = None,
) -> AutoWatcher:
    """A watcher by rules instead of targets."""
    watcher = AutoWatcher(
        auto, rules, strict=strict, on=on, on_report=on_report, after_fork=after_fork, notify=notify, names=names
    )
    auto.begin(watcher, rules)
    return watcher


auto = Auto(session)
