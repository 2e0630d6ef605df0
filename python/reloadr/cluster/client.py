"""The process that saves: judges a save first, has it carried to the others, and tells what became of it."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from reloadr.cluster.sources import sources_below
from reloadr.report import log
from reloadr.report.report import Report, summary
from reloadr.session.session import session
from reloadr.watching.auto import start
from reloadr.watching.watcher import On, OnReport

__all__ = ["Client"]

_LEVELS = {"caveat": logging.WARNING, "restart": logging.WARNING, "rejected": logging.ERROR}

#: By module: its text, and whatever else makes a module of it.
Found = Mapping[str, Mapping[str, Any]]


class Client(ABC):
    """Modules that are watched here, and whose saves others are to run as well."""

    #: What the others are to people.
    kind = "worker"

    def __init__(self, names: Sequence[str], on: On, on_report: OnReport | None) -> None:
        self.names = tuple(names)
        self._on_report = on_report
        #: What of the modules the others have by now.
        self._sent: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        # A save may take as long as the restart of a worker; the thread that watches does not wait for it.
        self._outbox = ThreadPoolExecutor(1, f"reloadr-{self.kind}")
        #: The last report of all of them.
        self.report = Report("nothing", kind=self.kind)
        self.watcher = start(self.names, on=on, on_report=self._saved)

    def __repr__(self) -> str:
        return f"<cluster of {', '.join(self.names)}: {summary(self.report)}>"

    def push(self) -> Report:
        """Hands over what changed since the last time; there is no need to, but for `on="look"` and what was imported
        without a save. Returns what became of it."""
        return self._outbox.submit(self._push).result()

    def stop(self) -> None:
        """Saves reach the others no more; what runs there stays, and runs in those that come later as well."""
        self.watcher.stop()
        self._outbox.shutdown(wait=False, cancel_futures=True)

    @abstractmethod
    def _carry(self, changed: Found, sources: Found, is_first: bool) -> tuple[bool, Report]:
        """Takes what changed to the others; whether it is live there, and what they said. `sources`: all there is."""

    # ---- a save ----------------------------------------------------------------------------------

    def _saved(self, report: Report) -> None:
        """What is wrong here goes nowhere."""
        if report.rejected:
            self._tell(Report("rejected", (), report.reasons, report.elapsed, traceback=report.traceback))
            return
        future: Future[Report] = self._outbox.submit(self._push)
        future.add_done_callback(_say_trouble)

    def _push(self) -> Report:
        with self._lock:
            sources = sources_below(session, self.names)
            changed = {name: each for name, each in sources.items() if self._sent.get(name) != each}
            if self._sent and not changed:
                return Report("nothing", kind=self.kind)
            is_live, report = self._carry(changed, sources, not self._sent)
            if is_live:
                self._sent |= changed
        self._tell(report)
        return report

    def _tell(self, report: Report) -> None:
        self.report = report
        if report.members:
            log.say(_LEVELS.get(report.verdict, logging.INFO), summary(report))
            ours = session.log[-1].reasons if session.log else ()
            for reason in report.reasons:
                if reason not in ours:
                    log.say(_LEVELS.get(reason.verdict, logging.INFO), str(reason))
        if self._on_report is not None:
            self._on_report(report)


def _say_trouble(future: Future[Report]) -> None:
    error = future.exception() if not future.cancelled() else None
    if error is not None:
        log.say(logging.ERROR, f"the workers were not told of what was saved: {error!r}", error=error)
