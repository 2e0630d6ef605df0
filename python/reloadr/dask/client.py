"""The client of a Dask cluster: hands a save to the scheduler, and tells what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from distributed import Client as DaskClient

from reloadr.cluster.client import Client, Found
from reloadr.cluster.hunks import packed
from reloadr.cluster.importers import importers
from reloadr.dask.reporting import report_of
from reloadr.dask.scheduler import OnScheduler
from reloadr.dask.worker import OnWorker
from reloadr.report.report import Report
from reloadr.session.session import session
from reloadr.watching.watcher import On, OnReport

__all__ = ["Cluster", "watch"]


class Cluster(Client):
    """The workers of a client, as they take its saves."""

    def __init__(
        self,
        client: DaskClient,
        names: Sequence[str],
        on: On,
        on_report: OnReport | None,
        forget: bool,
        patience: float,
    ) -> None:
        self._client = client
        self._forget = forget
        self._patience = patience
        super().__init__(names, on, on_report)
        client.register_plugin(OnScheduler(os.getpid()))
        client.register_plugin(OnWorker())
        self.push()

    def forget(self, keys: Iterable[str]) -> None:
        """Has results that old code computed forgotten: their futures are cancelled, and who submits their tasks once
        more has them computed again."""
        self._client.sync(_forget, self._client, sorted({str(key) for key in keys}))

    def _carry(self, changed: Found, sources: Found, is_first: bool) -> tuple[bool, Report]:
        affected = [] if is_first else sorted(importers(session, changed))
        found = self._push_sources(
            {name: packed(each, self._sent.get(name)) for name, each in changed.items()}, affected
        )
        if found.get("whole"):
            # Another client has saved meanwhile, or the scheduler is another one.
            found = self._push_sources(changed, affected)
        if self._forget and found["held"]:
            self.forget(found["held"])
        return found["accepted"], report_of(found, sorted(changed), sources, affected)

    def _push_sources(self, sources: Found, affected: Sequence[str]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.sync(
            self._client.scheduler.reloadr_push,
            names=self.names,
            sources=sources,
            affected=affected,
            patience=self._patience,
        )
        return found


async def _forget(client: DaskClient, keys: list[str]) -> None:
    await client.scheduler.reloadr_forget(keys=keys, client=client.id)
    for key in [each for each in client.futures if str(each) in keys]:
        # As `Client.cancel` does: a task that is submitted under this key is another one.
        client.futures.pop(key).cancel()


def watch(
    client: DaskClient,
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
