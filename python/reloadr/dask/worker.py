"""A worker: brought up to date before its first task, and told of each save by the scheduler."""

from __future__ import annotations

import asyncio
from typing import Any

from distributed import Worker, WorkerPlugin

from reloadr.cluster.process import Process
from reloadr.cluster.protocol import Member, Message, Reply
from reloadr.dask import scheduler

__all__ = ["OnWorker"]


class OnWorker(WorkerPlugin):
    """Carries out what the scheduler asks."""

    name = "reloadr"
    idempotent = True

    async def setup(self, worker: Worker) -> None:
        """Gets the log, before the first task."""
        self.worker = worker
        self.process = Process()
        self.member = Member(self.process)
        #: One thing at a time, in a thread of its own: what is evaluated may take long.
        self.lock = asyncio.Lock()
        worker.handlers[scheduler.TELL] = self.tell
        await self.tell(await worker.scheduler.reloadr_pull())

    def teardown(self, worker: Worker) -> None:
        """Nothing is asked any more."""
        worker.handlers.pop(scheduler.TELL, None)
        self.process.close()

    async def tell(self, message: Message) -> Reply:
        """Does what a message asks; the answer says what runs and what is at work."""
        async with self.lock:
            at_work = sorted(str(task.key) for task in self.worker.state.executing)
            reply = await asyncio.to_thread(self._take, message)
            found: dict[str, Any] = {
                **reply,
                "at_work": at_work,
                "running": await asyncio.to_thread(self.process.running),
                "unserved": self.process.unserved(),
            }
            return found

    def _take(self, message: Message) -> Reply:
        self.process.want(message["names"])
        return self.member.take(message)
