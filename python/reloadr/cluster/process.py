"""A process that belongs to a cluster: what it is told becomes live by the engine of this process."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from reloadr.cluster.protocol import Sources, State
from reloadr.cluster.sources import Served, is_below
from reloadr.live.origin import is_initialising
from reloadr.report.reasons import Reason
from reloadr.report.refusals import RL301
from reloadr.report.report import Report
from reloadr.session.prepared import Prepared, preparations
from reloadr.session.session import session
from reloadr.session.taking import take
from reloadr.watching.auto import start
from reloadr.watching.watcher import Watcher

__all__ = ["Process"]

#: How long what was prepared waits for its commit, seconds.
LIMIT = 120.0


class Process:
    """Tries, commits and aborts sources in this process; modules that it imports later are made of them."""

    def __init__(self) -> None:
        self.served = Served()
        self.served.install()
        #: By name: takes its modules in as they are loaded; nothing is read from the disk, for nobody polls it.
        self._watchers: dict[str, Watcher] = {}
        self._sources: Sources = {}
        self._prepared: Prepared | None = None
        self._texts: Mapping[str, str] = {}

    def close(self) -> None:
        """It belongs to no cluster any more; what it runs stays."""
        self.abort()
        for watcher in self._watchers.values():
            watcher.stop()

    def want(self, names: Iterable[str]) -> None:
        """Modules and packages that saves are to be expected of."""
        for name in names:
            if name not in self._watchers:
                self._watchers[name] = start([name], on="look", judges=False)

    # ---- what is told ----------------------------------------------------------------------------

    def prepare(self, sources: Sources, base: Mapping[str, str]) -> tuple[State, Any]:
        """Tries sources in what is loaded."""
        self._sources, self._texts, self._prepared = sources, _loaded(sources), None
        if not self._texts:
            return "ready", None
        ours = {name: base[name] for name in self._texts if name in base}
        try:
            found = preparations.prepare(self._texts, ours, strict=True, limit=LIMIT)
        except ValueError as error:
            return "restart", _impossible(self._texts, error).to_dict()
        if any(reason.code == "RL318" for reason in found.reasons):
            return "behind", None
        self._prepared = found if found else None
        state: State = "ready" if found else "rejected" if found.report.rejected else "restart"
        return state, found.report.to_dict()

    def commit(self) -> tuple[State, Any]:
        """Makes live what was tried, and in modules that were loaded since."""
        if _being_imported(self._sources):
            self.abort()
            return "behind", None
        before, self.served.sources = self.served.sources, {**self.served.sources, **self._sources}
        report = Report("nothing")
        if self._prepared is not None:
            report = preparations.commit(self._prepared.token)
            self._prepared = None
        if any(reason.code == "RL319" for reason in report.reasons):
            self.served.sources = before
            return "behind", None
        late = {name: text for name, text in _loaded(self._sources).items() if name not in self._texts}
        if late and not _failed(report):
            report = take(session, late, {}, strict=True) or report
        if _failed(report):
            self.served.sources = before
        return _state(report), report.to_dict()

    def abort(self) -> None:
        """Forgets what was tried."""
        if self._prepared is not None:
            preparations.abort(self._prepared.token)
        self._prepared = None

    def bring(self, sources: Sources) -> tuple[State, Any]:
        """Makes sources live, whatever runs."""
        self.served.sources = dict(sources)
        if _being_imported(sources):
            # It is made of what it was given when that began.
            return "behind", None
        texts = _loaded(sources)
        try:
            report = take(session, texts, {}, strict=True) if texts else Report("nothing")
        except ValueError as error:
            report = _impossible(texts, error)
        return _state(report), report.to_dict()

    # ---- what is said ----------------------------------------------------------------------------

    def unserved(self) -> list[str]:
        """Modules below the names that run here, and that no save reaches: nobody gave their text."""
        return sorted(
            name
            for name, module in list(sys.modules.items())
            if is_below(name, self._watchers)
            and name not in self.served.sources
            and getattr(module, "__file__", None) is not None
        )

    def running(self) -> dict[str, str]:
        """The hash of what runs in each module."""
        return dict(session.status().running)


def _loaded(sources: Sources) -> dict[str, str]:
    """The texts of those that are loaded."""
    found: dict[str, str] = {}
    for name, each in sources.items():
        module = sys.modules.get(name)
        if module is not None and each["text"] is not None and not is_initialising(module):
            found[name] = str(each["text"])
    return found


def _being_imported(sources: Sources) -> bool:
    return any(is_initialising(module) for name in sources if (module := sys.modules.get(name)) is not None)


def _impossible(texts: Mapping[str, str], error: ValueError) -> Report:
    name = sorted(texts)[0]
    reason = Reason.of(RL301(name=name, why=str(error)), module=name, qualname="", path="", line=0)
    return Report("restart", (), (reason,))


def _failed(report: Report) -> bool:
    return report.rejected or report.needs_restart


def _state(report: Report) -> State:
    return "rejected" if report.rejected else "restart" if report.needs_restart else "live"
