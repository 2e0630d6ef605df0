"""What the file watch has told of and is not applied yet: who wants it, whether it may be believed, and its way into
the session."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence

from reloadr._core import Settling, WatchBatch, WatchEventKind
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.session.selection import Selection
from reloadr.session.session import Session
from reloadr.watching.imports import Imports
from reloadr.watching.looking import Look
from reloadr.watching.placed import Placed
from reloadr.watching.watcher import Watcher, told

__all__ = ["Delivery"]

#: How long a save of more than bodies of functions waits for others, seconds: an editor that saves all writes one file
#: after the other.
TOGETHER = 0.010
#: How often what is due is put off while something rewrites its repository over and over.
MOST_PUT_OFFS = 20


class Delivery:
    """A queue of paths, which the file watch fills, and the thread or a `poll()` empties."""

    def __init__(self, owner: Session, placed: Placed, imports: Imports) -> None:
        self._session = owner
        self._placed = placed
        self._imports = imports
        self._lock = threading.Lock()
        #: Paths to look at.
        self._queue: set[str] = set()
        #: Those that the file watch told of last as being there. If one is not, that is told when it is sure.
        self._present: set[str] = set()
        #: Those of which it is known that they are gone, until the file watch has told of them.
        self._gone: set[str] = set()
        self._settling = Settling()
        #: Until when what is due waits for others that come with it.
        self._until: float | None = None
        #: How often in a row what was due was put off, since its repository was not at rest.
        self._put_offs = 0

    @property
    def has_waiting(self) -> bool:
        """Whether it was told of saves that are not applied yet."""
        return bool(self._queue or self._settling)

    def clear(self) -> None:
        """Forgets the files that wait."""
        self._queue.clear()
        self._until = None
        self._settling.clear()
        self._present.clear()

    def forked(self) -> None:
        """This is a child: whoever held the lock is not here."""
        self._lock = threading.Lock()

    def deadline(self) -> float | None:
        """When a file that waits is due."""
        times = [each for each in (self._settling.deadline(), self._until) if each is not None]
        return min(times, default=None)

    # ---- in --------------------------------------------------------------------------------------

    def add(self, paths: set[str]) -> None:
        """These are to be looked at."""
        with self._lock:
            self._queue |= paths

    def gone(self, paths: Iterable[str]) -> None:
        """These are gone for sure: whoever looks at them need not wait for them to come back."""
        with self._lock:
            self._present.difference_update(paths)
            self._gone.update(paths)

    def take(self, batch: WatchBatch) -> None:
        """What the file watch tells of."""
        paths: set[str] = set()
        for event in batch.events:
            if event.kind == WatchEventKind.RESCAN:
                paths.update(self._placed.modules)
                self._imports.early |= self._imports.running
            elif event.path is not None:
                paths.add(event.path)
                if event.kind == WatchEventKind.CHANGED and event.path not in self._gone:
                    self._present.add(event.path)
                else:
                    self._present.discard(event.path)
        self._gone -= paths
        self.add(paths | self._imports.due(time.monotonic()))

    # ---- out -------------------------------------------------------------------------------------

    def deliver(self, poller: Watcher | None) -> Report:
        """Applies what waits and is wanted now: by `poller`, or without one by the thread. The lock is held."""
        started = time.perf_counter()
        with self._lock:
            queued = set(self._queue)
        modules = self._placed.modules
        self._session.discovery.look_for(path for each in queued for path in modules.get(each, ()))
        self.add(self._placed.place())
        now = time.monotonic()
        shares = poller is None or poller.names is None
        if poller is None or shares:
            with self._lock:
                waiting = self._settling.together(self._queue | self._settling.due(now))
        else:
            waiting, poller.left = poller.left, set()
        arrived = any(map(self._session.absent.concerns, waiting - modules.keys()))
        due, strict = self._wanted(waiting, poller)
        if poller is None:
            # What is left is for a poll, or for the end of a pause, which look at all that is due.
            self._settling.tell(waiting - due, now)
        if not due:
            return self._session.apply(None, [], strict=False, started=started) if arrived else Report("nothing")
        if shares:
            with self._lock:
                self._queue -= due
        return self._apply(due, now, poller, strict=strict, started=started)

    def _wanted(self, paths: set[str], poller: Watcher | None) -> tuple[set[str], bool]:
        """Those of the paths to apply now, and whether strictly. Unknown ones are dropped."""
        due: set[str] = set()
        strict = False
        called: set[Watcher] = set()
        unknown = paths - self._placed.modules.keys()
        for path in paths - unknown:
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
        with self._lock:
            self._queue -= unknown
        self._imports.wait(unknown & self._imports.running)
        for watcher in called:
            watcher.notify()
        return due, strict

    def _leave(self, path: str, polled: list[Watcher], due: set[str]) -> None:
        """Each polled watcher of decorated things gets a path for itself; others share the queue."""
        for watcher in polled:
            if watcher.names is not None:
                watcher.left.add(path)
        if path not in due and polled and all(watcher.names is not None for watcher in polled):
            with self._lock:
                self._queue.discard(path)

    def _wanting(self, path: str) -> list[Watcher]:
        modules = [tracked for each in self._placed.modules[path] for tracked in self._session.tracked.of(each)]
        return [each for each in told(self._session) if any(each.wants(t.module, t.path) for t in modules)]

    def _apply(self, due: set[str], now: float, poller: Watcher | None, *, strict: bool, started: float) -> Report:
        """Looks at the files and applies them, unless one of them looks unfinished."""
        at_rest = self._at_rest()
        if at_rest is None and self._put_off(due, now):
            return Report("nothing")
        paths = sorted(path for each in due for path in self._placed.modules[each])
        look = Look(self._session, self._settling, paths, now, present=self._present)
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
        if poller is None and self._waits_for_others(look, due, now):
            look.take_back()
            return Report("nothing")
        return self._reload(due, look.gone, poller, strict=strict, started=started)

    def _waits_for_others(self, look: Look, due: set[str], now: float) -> bool:
        """Whether what is due should wait a moment: nothing is said of a state that the next file mends."""
        if not look.may_go_with_others() or (self._until is not None and self._until <= now):
            self._until = None
            return False
        self._until = self._until or now + TOGETHER
        self.add(due)
        return True

    def _at_rest(self) -> int | None:
        """The same number as long as no repository is being rewritten, nor was; None while one is."""
        files = self._placed.files
        return files.rest() if files is not None else 0

    def _put_off(self, due: set[str], now: float) -> bool:
        """Has files delivered again when their repository is at rest. Not for ever: something may use it all the
        time.
        """
        files = self._placed.files
        self._put_offs += 1
        if files is None or self._put_offs > MOST_PUT_OFFS:
            return False
        self._settling.tell(due, now)
        files.again(sorted(due))
        return True

    def _reload(
        self, due: set[str], gone: Sequence[Reason], poller: Watcher | None, *, strict: bool, started: float
    ) -> Report:
        """Applies files that were looked at: as a whole, but for those of which only something is decorated."""
        owner = self._session
        selective = [watcher for watcher in told(owner) if watcher.names is not None]
        if not selective:
            return owner.apply(None, gone, strict=strict, started=started)
        asking = [poller] if poller in selective else [each for each in selective if each.on == "save"]
        full = [each for each in owner.watchers if each not in selective]
        whole = {n for n, t in owner.tracked.items() if any(each.wants(t.module, t.path) for each in full)}
        report = owner.apply(Selection(whole), gone, strict=strict, started=started)
        for name, (_, path) in self._placed.by_name.items():
            names = {each for watcher in asking if watcher for each in (watcher.names or {}).get(name, ())}
            if path in due and name not in whole and names:
                self._ask_again(path)
                part = owner.apply(Selection({name}, names), [], strict=strict, started=started)
                report = part or report
        return report

    def _ask_again(self, path: str) -> None:
        """A reload of something else in the file may have looked at it first."""
        for each in self._placed.modules[path]:
            pending = self._session.pending.get(each)
            if pending is not None and pending.report is not None:
                if pending.report.verdict in ("live", "caveat", "nothing"):
                    pending.report = None
