"""One session a process: what is watched, what is pending, what was done. Whoever wants a reload enters here."""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from reloadr import hooks
from reloadr.engine.batch import Batch
from reloadr.live.hashes import Hashes
from reloadr.live.modules import Modules
from reloadr.report.reasons import Reason, plural, worst
from reloadr.report.report import Report
from reloadr.running.holding import holding
from reloadr.running.news import news
from reloadr.session.absent import Absent
from reloadr.session.attempt import Attempt, Outcome, settle
from reloadr.session.discovery import Discovery
from reloadr.session.handed import Handed
from reloadr.session.held import serve
from reloadr.session.history import History
from reloadr.session.moved import moved
from reloadr.session.pending import Pending, PendingFiles, without_error
from reloadr.session.rules import Wanting
from reloadr.session.selection import Selection, selection_of
from reloadr.session.telling import Telling

__all__ = ["Session", "Status", "session"]

#: How long a thread waits for another thread's reload to end, seconds.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """What runs but is not what is saved, and why."""

    #: Edits that wait: they need a restart, were undone, or were not asked for yet.
    pending: tuple[Reason, ...]
    #: Errors that wait for their fix.
    errors: tuple[Reason, ...]
    #: Names of the watched modules.
    watched: tuple[str, ...]
    #: The SHA-256 of the source that runs in each of them, as hexadecimal digits; none where that is not known.
    running: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_step(self) -> bool:
        """Whether what runs is what is saved."""
        return not self.pending and not self.errors

    def __str__(self) -> str:
        if self.in_step:
            return f"{plural(len(self.watched), 'module')} watched, all running what is saved"
        return "\n".join(str(reason) for reason in (*self.errors, *self.pending))


class Session:
    """The watched modules of the process and everything about them that outlives one reload."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tracked = Modules()
        self.watchers: list[Wanting] = []
        self.pending = PendingFiles(self.tracked)
        #: What was seen of files that went, and is not said yet.
        self._gone: list[Reason] = []
        self.discovery = Discovery(self.tracked, self.pending, self.watchers)
        self.absent = Absent(self.tracked)
        self.history = History()
        #: Texts that are live and were not read from the module's file.
        self.handed = Handed(self.tracked)
        #: Called with each report that is not empty, last of all.
        self.listeners: list[Callable[[Report], object]] = []
        #: Called when a mistake is mended and what runs is what is saved again.
        self.mended_listeners: list[Callable[[], object]] = []
        #: Asked of a rejection, and answers what became of it: whether a source is right, a fresh process says.
        self.judge: Callable[[Report], Report] | None = None
        self._was_wrong = False
        self._busy = False
        #: How many blocks of the thread that has the lock are under way, and what it tells when it has let it go.
        self._depth = 0
        self.telling = Telling()
        #: Whether a watch ended while a batch ran.
        self._leaving = False

    def held(self) -> _Held:
        """The session's lock; RuntimeError when another thread's reload does not end."""
        return _Held(self)

    def enter(self) -> None:
        """Takes the lock. Raises RuntimeError."""
        if not self.lock.acquire(timeout=PATIENCE):
            raise RuntimeError(
                f"another thread's reload has not ended in {PATIENCE:.0f} s; "
                "does code that it runs wait for this thread?"
            )
        self._depth += 1

    def leave(self) -> None:
        """Lets the lock go; then whoever waits to be told is told, and may wait for other threads."""
        self._depth -= 1
        tell = None if self._depth else self.telling.take()
        self.lock.release()
        if tell is not None:
            tell()

    def forked(self) -> None:
        """This is a child, and the thread that had the lock is not here."""
        self.lock = threading.RLock()
        self._depth, self.telling = 0, Telling()

    @property
    def is_busy(self) -> bool:
        """Whether a reload is under way; to be asked under the lock."""
        return self._busy

    @property
    def is_entered(self) -> bool:
        """Whether this thread has the lock."""
        return bool(self.lock._is_owned())  # type: ignore[attr-defined]

    # ---- watching --------------------------------------------------------------------------------

    def add(self, watcher: Wanting) -> None:
        """Begins to watch what a watcher wants."""
        with self.held():
            self.watchers.append(watcher)
            self.discovery.look_at_all()
            self.absent.look()

    def drop(self, watcher: Wanting) -> None:
        """Ends a watcher; modules that no other one wants are forgotten."""
        with self.held():
            if watcher in self.watchers:
                self.watchers.remove(watcher)
            # Code that a batch runs may end a watch; the batch needs its modules to the end.
            self._leaving = True
            if not self._busy:
                self._prune()

    def look_again(self) -> None:
        """A watcher wants something else from now on."""
        with self.held():
            self.discovery.look_at_all()
            self._prune()

    def _prune(self) -> None:
        self._leaving = False
        self.discovery.prune()

    def track(self, modules: Iterable[tuple[ModuleType, str]]) -> None:
        """Takes modules in as they run now, with their paths, whether or not somebody watches them."""
        with self.held():
            self.discovery.track(modules)

    def select(self, objects: Iterable[object]) -> Selection:
        """What some objects stand for. Raises ValueError or TypeError for what has no Python source."""
        with self.held():
            return selection_of(self.discovery, objects)

    # ---- reloading -------------------------------------------------------------------------------

    def poll(self, *, strict: bool = False) -> Report:
        """Brings all watched modules to the state of the disk."""
        with self.held():
            if self._busy:
                return Report("nothing")
            started = time.perf_counter()
            self.discovery.look_for(())
            gone, self._gone = [*self._gone, *self.pending.look(None)], []
            self.discovery.look_for(self.pending)
            return self.apply(None, gone, strict=strict, started=started)

    def is_behind(self) -> bool:
        """Whether the next `poll` would have something to do."""
        with self.held():
            if self._busy:
                return False
            self.discovery.look_for(())
            self._gone += self.pending.look(None)
            return bool(self._gone) or any(each.report is None and not each.undone for each in self.pending.values())

    def reload(self, selection: Selection, *, strict: bool = False) -> Report:
        """Brings some modules, or some of their definitions, to the state of the disk."""
        with self.held():
            if self._busy:
                return Report("nothing")
            started = time.perf_counter()
            self.discovery.look()
            paths = [self.tracked[name].path for name in selection.modules if name in self.tracked]
            gone = self.pending.look(paths)
            self.pending.want_again(paths)
            return self.apply(selection, gone, strict=strict, started=started)

    def apply(self, selection: Selection | None, gone: Sequence[Reason], *, strict: bool, started: float) -> Report:
        """Carries out what is pending, after a look at the files; the lock is held and no reload is under way."""
        self.tell_moved()
        self.pending.ask_loaders()
        self.pending.want_saved_again()
        ready = {
            path: each
            for path, each in self.pending.items()
            if not each.undone
            and (selection is None or any(tracked.name in selection.modules for tracked in self.tracked.of(path)))
        }
        fresh = {path: each for path, each in ready.items() if each.report is None}
        came = self.absent.came() if selection is None else frozenset[str]()
        if not fresh and not came:
            verdict = worst(reason.verdict for reason in gone)
            return self.done(Report(verdict, (), tuple(gone), time.perf_counter() - started))
        #: What needs a restart needs it still.
        waiting = {
            path: each.report for path, each in ready.items() if each.report is not None and each.report.needs_restart
        }
        attempt = Attempt(self.tracked, selection, self.discovery.unseen, gone, strict, started, came)
        with self.under_way():
            report = self.carry_out(attempt, ready)
            if report.rejected and len(fresh) < len(ready):
                # A file that was broken before must not keep the others back.
                for path, before in waiting.items():
                    ready[path].report = before
                report = self.carry_out(attempt, fresh)
        if report.rejected and self.judge is not None:
            report = self.judge(report)
        return self.done(report)

    def carry_out(self, attempt: Attempt, files: dict[str, Pending]) -> Report:
        """One attempt at some files; the lock is held and a reload is under way."""
        outcome: Outcome = attempt.of(files, self.history.swaps)
        if outcome.batch is None:
            for each in files.values():
                each.report = without_error(outcome.report)
        else:
            baselines = settle(self.tracked, self.pending, files, outcome.batch.works, outcome.report)
            self.history.committed(outcome.report, outcome.batch, baselines)
            if any(change.action != "lines" for change in outcome.report.changes):
                holding.saved()
        return outcome.report.with_sources(self.running(files))

    def running(self, paths: Iterable[str]) -> Hashes:
        """The hashes of what runs in the modules of some files; not where it is unknown."""
        unknown = self.discovery.unseen
        return Hashes(each for path in paths for each in self.tracked.of(path) if each.name not in unknown)

    def under_way(self) -> _UnderWay:
        """A reload; the lock is held."""
        return _UnderWay(self)

    def begin(self) -> None:
        """A reload begins; the lock is held."""
        self._busy = True

    def end(self) -> None:
        """It is over, and what no watcher wants any more is let go."""
        self._busy = False
        if self._leaving:
            self._prune()

    def overrule(self, rejected: Report, reason: Reason) -> Report:
        """What was rejected is right, and waits for a restart. The lock is held."""
        kept = (each for each in rejected.reasons if each.verdict != "rejected")
        report = Report("restart", (), (reason, *kept), rejected.elapsed)
        for each in self.pending.values():
            if each.report == rejected:
                each.report = report
        return report

    def tell(self, report: Report) -> None:
        """Remembers a report that came of no save, and tells whoever listens."""
        with self.held():
            self.done(report)

    def tell_moved(self) -> None:
        """Tells which running loops went on in new text since the last time."""
        if news:
            with self.held():
                report = moved()
                if report.verdict != "nothing":
                    self.done(report)

    def adopt(self, report: Report, batch: Batch) -> None:
        """Takes in a batch that was carried out outside of the watched files, by a notebook's cell: it is in the
        history, and `undo` takes it back."""
        with self.held():
            self.history.committed(report, batch, [])
            self.done(report)

    def done(self, report: Report) -> Report:
        """Remembers a report, and tells whoever listens; the lock is held."""
        if report.verdict != "nothing":
            self.history.remember(report)
            for hook in hooks.after_hooks():
                try:
                    hook(report)
                except Exception as error:
                    warnings.warn(f"an after-reload hook raised {error!r}", RuntimeWarning, stacklevel=4)
            self._tell(report)
        self._mind_mended()
        return report

    def _mind_mended(self) -> None:
        """Says so when a mistake is mended: by an edit, or by the text that runs being saved again."""
        if self.pending.is_wrong:
            self._was_wrong = True
        elif self._was_wrong and self.pending.waiting() == ((), ()):
            self._was_wrong = False
            for listener in self.mended_listeners:
                listener()

    def _tell(self, report: Report) -> None:
        for listener in self.listeners:
            listener(report)

    # ---- looking back ----------------------------------------------------------------------------

    @property
    def log(self) -> deque[Report]:
        """The reports of past reloads, the oldest first."""
        return self.history.reports

    def undo(self) -> Report:
        """Takes the last transaction back; its files stay pending until they are saved again."""
        with self.held():
            if self._busy:
                return Report("nothing")
            report = self.history.undo(self.tracked, self.pending)
            if report.verdict != "nothing":
                paths = dict.fromkeys(change.path for change in report.changes)
                report = report.with_sources(self.running(paths))
                self.handed.show()
                holding.saved()
                self.history.remember(report)
                self._tell(report)
            return report

    def status(self) -> Status:
        """What runs but is not what is saved."""
        with self.held():
            self.discovery.look()
            pending, errors = self.pending.waiting()
            running = self.running(dict.fromkeys(each.path for each in self.tracked.values()))
            return Status(pending, errors, tuple(sorted(self.tracked)), running)


class _Held:
    """The lock, with a bound on the wait: code that a reload runs may wait for a thread that wants it."""

    def __init__(self, owner: Session) -> None:
        self._owner = owner

    def __enter__(self) -> None:
        self._owner.enter()

    def __exit__(self, *_: object) -> None:
        self._owner.leave()


class _UnderWay:
    """A reload from its beginning to its end."""

    def __init__(self, owner: Session) -> None:
        self._owner = owner

    def __enter__(self) -> None:
        self._owner.begin()

    def __exit__(self, *_: object) -> None:
        self._owner.end()


session = Session()
serve(session)
