"""Reloads inside an event loop's own thread, between two of its callbacks."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from reloadr import _disabled
from reloadr.proof.judging import hurrying
from reloadr.report.report import Report
from reloadr.session.rules import Target
from reloadr.watching.auto import start
from reloadr.watching.watcher import OnReport

if TYPE_CHECKING:
    import asyncio

__all__ = ["awatch", "awatch_task"]


async def awatch(*targets: Target, strict: bool = False, judge: bool = True) -> AsyncIterator[Report]:
    """Applies saves in the running loop's thread and yields a report of each. Never ends by itself.

    Targets are those of `reloadr.watch`, and so is `judge`; the loop does not wait for what a fresh process says, which
    is another report. Watching begins with the first iteration. While reloadr is disabled it waits for ever.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    if _disabled.is_disabled():
        await event.wait()
    judged: deque[Report] = deque()

    def wake() -> None:
        loop.call_soon_threadsafe(event.set)

    def heard(report: Report) -> None:
        if any(reason.code == "RL306" for reason in report.reasons):
            judged.append(report)
            wake()

    watcher = start(targets, strict=strict, on="poll", notify=wake, on_report=heard, judges=judge)
    try:
        while True:
            await event.wait()
            event.clear()
            with hurrying():
                report = watcher.poll()
            if report:
                yield report
            while judged:
                yield judged.popleft()
    finally:
        watcher.stop()


def awatch_task(
    *targets: Target, strict: bool = False, on_report: OnReport | None = None, judge: bool = True
) -> asyncio.Task[None]:
    """`awatch` as a task of the running loop, for a program that only wants it to happen. Cancel it to end
    it.
    """

    import asyncio

    async def run() -> None:
        async for report in awatch(*targets, strict=strict, judge=judge):
            if on_report is not None:
                on_report(report)

    return asyncio.get_running_loop().create_task(run(), name="reloadr")
