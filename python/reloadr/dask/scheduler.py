"""The scheduler: keeps the log, and takes each save to all workers."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from typing import Any

from distributed import Scheduler, SchedulerPlugin

from reloadr.cluster.protocol import Log, Message, Round, Sources
from reloadr.cluster.sources import Served
from reloadr.dask import restarts, results

__all__ = ["TELL", "OnScheduler"]

#: The operation by which a worker is told.
TELL = "reloadr_tell"
#: How long until who has not answered is asked again, seconds.
AGAIN = 0.05


class OnScheduler(SchedulerPlugin):
    """The log of a cluster and the rounds of its saves."""

    name = "reloadr"
    idempotent = True

    def __init__(self, client: int) -> None:
        #: The process of the client: where the scheduler is in that, nothing is served to it.
        self.client = client

    async def start(self, scheduler: Scheduler) -> None:
        """As Dask calls it."""
        self.scheduler = scheduler
        self.log = Log()
        #: The modules and packages that clients watch.
        self.names: list[str] = []
        #: Larger than those of any scheduler before it.
        self.number = time.time_ns()
        self.round: Round | None = None
        self.lock = asyncio.Lock()
        #: It makes functions of what tasks are made of, and has no files of the modules either.
        self.served: Served | None = None
        if os.getpid() != self.client:
            self.served = Served()
            self.served.install()
        scheduler.handlers["reloadr_pull"] = self.pull
        scheduler.handlers["reloadr_push"] = self.push
        scheduler.handlers["reloadr_forget"] = self.forget

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """A worker came; it asks for the log by itself, and may have to hear of what is under way."""
        if self.round is not None:
            self.round.joined(worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, **more: object) -> None:
        """A worker is gone."""
        if self.round is not None:
            self.round.left(worker)

    async def pull(self) -> Message:
        """What a new worker is to run."""
        message = {"kind": "bring", "round": self.number, "seq": self.log.seq, "sources": dict(self.log.sources)}
        return self._named(message)

    def _named(self, message: Message) -> Message:
        return {**message, "names": list(self.names)}

    async def forget(self, keys: Sequence[str], client: str) -> None:
        """Held results are held no more: who submits their tasks again has them computed again."""
        results.forget(self.scheduler, keys, client)

    async def push(
        self, names: Sequence[str], sources: Sources, affected: Sequence[str], patience: float
    ) -> dict[str, Any]:
        """A save goes to all workers. Returns what each of them said; that `whole` texts are needed, where these are
        hunks of others than the log has."""
        async with self.lock:
            unpacked = self.log.unpacked(sources)
            if unpacked is None:
                return {"whole": True}
            self.names += [name for name in names if name not in self.names]
            self.number += 1
            called = self._called()
            held = results.of_modules(self.scheduler, affected)
            current = self.round = Round(self.log, self.number, self.log.differing(unpacked), list(called))
            try:
                unknown = await self._play(current, patience)
            finally:
                self.round = None
            if self.served is not None:
                self.served.sources = dict(self.log.sources)
            called |= self._called()
        failed = [*current.who("restart"), *current.who("rejected")] if current.accepted else []
        restarted = await restarts.one_by_one(self.scheduler, failed, patience, self._is_up)
        answers = {
            address: {**reply, "name": called[address]}
            for address, reply in current.answers.items()
            # Who only got ready did nothing in the end.
            if current.accepted or reply["state"] != "ready"
        }
        return {
            "accepted": current.accepted,
            "answers": answers,
            "unknown": {called[address]: why for address, why in unknown.items()},
            "restarted": restarted,
            "held": results.still_held(self.scheduler, held) if current.accepted else [],
        }

    def _called(self) -> dict[str, str]:
        """What the workers are called, by their addresses."""
        return {address: str(state.name) for address, state in self.scheduler.workers.items()}

    async def _play(self, current: Round, patience: float) -> dict[str, str]:
        """Sends what a round asks until it is answered; who does not answer in time is left out."""
        until = time.monotonic() + patience
        unknown: dict[str, str] = {}
        while current.phase != "done":
            before = current.phase
            replies = await asyncio.gather(
                *(self._ask(address, message, until) for address, message in current.messages().items())
            )
            for address, reply in replies:
                if isinstance(reply, dict) and "state" in reply:
                    current.heard(address, reply)
                elif address not in self.scheduler.workers:
                    current.left(address)
                elif time.monotonic() >= until:
                    unknown[address] = _why(reply)
            if time.monotonic() >= until:
                for address in current.waiting:
                    unknown.setdefault(address, "it has not answered")
                    current.left(address)
            elif current.phase == before and current.waiting:
                await asyncio.sleep(AGAIN)
        return unknown

    async def _is_up(self, address: str) -> bool:
        """Whether a worker answers, and runs the log."""
        _, reply = await self._ask(address, await self.pull(), time.monotonic() + 1)
        return isinstance(reply, dict) and reply.get("state") == "live"

    async def _ask(self, address: str, message: Message, until: float) -> tuple[str, Any]:
        left = max(0.1, until - time.monotonic())
        told = self.scheduler.broadcast(
            msg={"op": TELL, "message": self._named(message)}, workers=[address], on_error="return"
        )
        try:
            return address, (await asyncio.wait_for(told, left)).get(address)
        except (TimeoutError, KeyError) as error:
            return address, error


def _why(reply: object) -> str:
    return "it has not answered" if isinstance(reply, TimeoutError) else f"it has not answered: {reply!r}"
