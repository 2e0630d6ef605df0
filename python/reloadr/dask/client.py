"""The client of a Dask cluster: judges a save first, hands it to the scheduler, and tells what became of it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from distributed import Client

from reloadr.cluster.importers import importers
from reloadr.cluster.sources import sources_below
from reloadr.dask.reporting import report_of
from reloadr.dask.scheduler import OnScheduler
from reloadr.dask.worker import OnWorker
from reloadr.report import log
from reloadr.report.report import Report, summary
from reloadr.session.session import session
from reloadr.watching.auto import start
from reloadr.watching.watcher import On, OnReport

__all__ = ["Cluster", "watch"]

_LEVELS = {"caveat": logging.WARNING, "restart": logging.WARNING, "rejected": logging.ERROR}


class Cluster:
    """The workers of a client, as they take its saves."""

    def __init__(
        self, client: Client, names: Sequence[str], on: On, on_report: OnReport | None, forget: bool, patience: float
    ) -> None:
        self._client = client
        self.names = tuple(names)
        self._on_report = on_report
        self._forget = forget
        self._patience = patience
        #: What of the modules the scheduler has by now.
        self._sent: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        # A save may take as long as the restart of a worker; the thread that watches does not wait for it.
        self._outbox = ThreadPoolExecutor(1, "reloadr-dask")
        #: The last report of all workers.
        self.report = Report("nothing", kind="worker")
        self.watcher = start(self.names, on=on, on_report=self._saved)
        client.register_plugin(OnScheduler(os.getpid()))
        client.register_plugin(OnWorker())
        self.push()

    def __repr__(self) -> str:
        return f"<cluster of {', '.join(self.names)}: {summary(self.report)}>"

    def push(self) -> Report:
        """Hands over what changed since the last time; there is no need to, but for `on="look"` and what was imported
        without a save. Returns what became of it on the workers."""
        return self._outbox.submit(self._push).result()

    def forget(self, keys: Iterable[str]) -> None:
        """Has results that old code computed forgotten: their futures are cancelled, and who submits their tasks once
        more has them computed again."""
        self._client.sync(_forget, self._client, sorted({str(key) for key in keys}))

    def stop(self) -> None:
        """Saves reach the workers no more; what runs there stays, and runs in those that come later as well."""
        self.watcher.stop()
        self._outbox.shutdown(wait=False, cancel_futures=True)

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
                return Report("nothing", kind="worker")
            affected = sorted(importers(session, changed)) if self._sent else []
            found = self._client.sync(
                self._client.scheduler.reloadr_push,
                names=self.names,
                sources=changed,
                affected=affected,
                patience=self._patience,
            )
            if found["accepted"]:
                self._sent |= changed
            report = report_of(found, sorted(changed), sources, affected)
        if self._forget and found["held"]:
            self.forget(found["held"])
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


async def _forget(client: Client, keys: list[str]) -> None:
    await client.scheduler.reloadr_forget(keys=keys, client=client.id)
    for key in [each for each in client.futures if str(each) in keys]:
        # As `Client.cancel` does: a task that is submitted under this key is another one.
        client.futures.pop(key).cancel()


def _say_trouble(future: Future[Report]) -> None:
    error = future.exception() if not future.cancelled() else None
    if error is not None:
        log.say(logging.ERROR, f"the workers were not told of what was saved: {error!r}", error=error)


def watch(
    client: Client,
    *names: str,
    on: On = "save",
    on_report: Callable[[Report], object] | None = None,
    forget: bool = False,
    patience: float = 30.0,
) -> Cluster:
    """Has saves of modules and packages live on all workers of a cluster, as they are in this process.

    A save is judged here first: what is rejected goes nowhere. It becomes live where all workers could take it; a
    worker that needs a restart is retired and brought up again. Workers that come later run what is saved by then.
    They need no files of the modules. `on_report` is called with one report of all workers. `forget`: results that the
    old code computed are forgotten, instead of named. `patience`: how long a worker may take to answer, seconds.
    Raises TypeError for an asynchronous client, ValueError for a module that cannot be watched.
    """
    if client.asynchronous:
        raise TypeError("reloadr.dask.watch() needs a client that is not asynchronous: Client(...) outside of a loop")
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError('name the modules or packages to watch: reloadr.dask.watch(client, "shop")')
    return Cluster(client, names, on, on_report, forget, patience)
