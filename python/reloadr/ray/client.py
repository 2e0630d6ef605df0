"""The driver of a Ray job: judges a save first, has its actors take it, and what is submitted from then on runs it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ray

from reloadr.cluster.client import Client, Found
from reloadr.cluster.protocol import Log, Message, Round
from reloadr.cluster.reporting import report_of_member, unknown
from reloadr.ray import exports, store
from reloadr.ray.actors import Actors, Told
from reloadr.ray.worker import arrive
from reloadr.report import log
from reloadr.report.merging import merge
from reloadr.report.report import Report
from reloadr.watching.watcher import On, OnReport

__all__ = ["Cluster", "watch"]

MAIN = "__main__"


class _Driver:
    """This process: one log for whatever it watches."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.log = Log()
        self.number = time.time_ns()
        self.names: list[str] = []
        #: The job that the log was written for, and what of it is there.
        self._job, self._texts = "", store.Texts()

    def begin(self, names: Iterable[str]) -> None:
        """These are watched as well."""
        # That of a worker is Ray's own script; what is in ours travels by value.
        self.names += [name for name in names if name not in (MAIN, *self.names)]
        exports.install(self.version, arrive)

    def version(self) -> int:
        """Something is exported: whoever gets it has to find the log."""
        if self._job != exports.job():
            self._publish()
        return self.log.seq

    def all(self) -> Message:
        """What brings anybody to what is live."""
        message = {"kind": "bring", "round": self.number, "seq": self.log.seq}
        return {**message, "sources": dict(self.log.sources), "names": list(self.names)}

    def accepted(self) -> None:
        """The log has grown: what is submitted from now on belongs to it."""
        if ray.is_initialized():
            self._publish()
        exports.again()

    def _publish(self) -> None:
        if self._job != exports.job():
            self._job, self._texts = exports.job(), store.Texts()
        store.publish(self._job, self.all(), self._texts)


_driver = _Driver()


class Cluster(Client):
    """The processes of a Ray job, as they take the saves of its driver."""

    kind = "actor"
    #: How many there are in this process.
    count = 0

    def __init__(self, names: Sequence[str], on: On, on_report: OnReport | None, patience: float) -> None:
        self._patience = patience
        super().__init__(names, on, on_report)
        Cluster.count += 1
        _driver.begin(names)
        self.push()

    def stop(self) -> None:
        """As of any cluster."""
        Cluster.count -= 1
        super().stop()

    # ---- a save ----------------------------------------------------------------------------------

    def _carry(self, changed: Found, sources: Found, is_first: bool) -> tuple[bool, Report]:
        with _driver.lock:
            _driver.number += 1
            actors = Actors.now() if ray.is_initialized() else Actors()
            told = Told(actors, _driver.names, self._patience, _driver.accepted)
            texts = {name: each for name, each in changed.items() if name != MAIN}
            current = Round(_driver.log, _driver.number, _driver.log.differing(texts), list(actors.handles))
            told.play(current)
            if current.accepted:
                current.answers.update(self._late(actors))
                for actor in told.unknown:
                    self._follow(actors, actor)
        return current.accepted, self._report(current, told, changed)

    def _late(self, known: Actors) -> dict[str, Any]:
        """Actors that came meanwhile: what they were made of may have been what there was before."""
        if not ray.is_initialized():
            return {}
        actors = Actors.now()
        fresh = {key: handle for key, handle in actors.handles.items() if key not in known.handles}
        asked = {key: actors.ask(key, _driver.all()) for key in fresh}
        known.called.update({key: actors.called[key] for key in fresh})
        known.unreached = actors.unreached
        found = {}
        for key, reference in asked.items():
            try:
                found[key] = ray.get(reference, timeout=self._patience)
            except (ray.exceptions.RayError, TimeoutError):
                known.unreached[key] = actors.called[key]
        return found

    def _follow(self, actors: Actors, actor: str) -> None:
        """One that is at work comes to what is live once it has time, and that is said."""
        name = actors.called[actor]

        def heard(future: Any) -> None:
            if not future.cancelled() and future.exception() is None and future.result()["state"] == "live":
                log.say(logging.INFO, f"{name} followed")

        actors.ask(actor, _driver.all()).future().add_done_callback(heard)

    def _report(self, current: Round, told: Told, changed: Found) -> Report:
        path = next((str(each["path"]) for each in changed.values()), "")
        members = list(self._members(current, told.actors.called, changed, path))
        members += [_silent(told.actors.called[key], why, path) for key, why in told.unknown.items()]
        why = "nobody has its handle where it is saved"
        members += [_silent(name, why, path) for name in told.actors.unreached.values()]
        merged = merge(members, kind=self.kind)
        return merged if members or not current.accepted else Report("live", kind=self.kind)

    def _members(self, current: Round, called: Mapping[str, str], changed: Found, path: str) -> Iterator[Report]:
        for key, reply in current.answers.items():
            # Who only got ready did nothing in the end.
            if current.accepted or reply["state"] != "ready":
                report = report_of_member(reply, changed, called[key])
                if reply.get("old"):
                    reasons = (*report.reasons, unknown(called[key], reply["old"], path))
                    report = replace(report, verdict="caveat", reasons=reasons)
                yield report


def _silent(name: str, why: str, path: str) -> Report:
    return Report("caveat", (), (unknown(name, why, path),), program=name, pid=0)


def watch(
    *names: str,
    on: On = "save",
    on_report: Callable[[Report], object] | None = None,
    patience: float = 30.0,
) -> Cluster:
    """Has saves of modules and packages live in the processes of this Ray job, as they are in its driver.

    A save is judged here first: what is rejected goes nowhere. It becomes live in the actors where all of them could
    take it, with the state that each has, and in each task that is submitted from then on: a worker comes up to what
    is live before it runs it. Workers need reloadr, and no files of the modules. `"__main__"` is the script itself.
    `on_report` is called with one report of all actors. `patience`: how long an actor may take to answer, seconds.
    Raises ValueError for a module that cannot be watched.
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError('name the modules or packages to watch: reloadr.ray.watch("shop")')
    return Cluster(names, on, on_report, patience)
