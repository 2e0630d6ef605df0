"""Workers that cannot take an edit are retired and brought up again by their nannies, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from distributed import Scheduler

__all__ = ["one_by_one"]

#: How long a worker may take to come up again, seconds.
PATIENCE = 60.0


async def one_by_one(
    scheduler: Scheduler, workers: Iterable[str], patience: float, is_up: Callable[[str], Awaitable[bool]]
) -> dict[str, dict[str, Any]]:
    """Restarts workers; says of each, by its address, what became of it: its name, how it went, what was lost.

    `is_up`: whether a worker runs the log. The next one has to wait for that: it needs somebody to take its results.
    """
    found: dict[str, dict[str, Any]] = {}
    for address in workers:
        state = scheduler.workers.get(address)
        if state is None:
            continue
        name = str(state.name)
        if not state.nanny:
            found[address] = {"name": name, "outcome": "it has no nanny", "lost": []}
            continue
        stimulus = f"reloadr-{address}"
        # It gets no more tasks, and what it alone holds goes to others: again, what its last tasks have given.
        for _ in range(2):
            await scheduler.retire_workers(workers=[address], close_workers=False, remove=False, stimulus_id=stimulus)
            await _end_of_tasks(scheduler, address, patience)
        state = scheduler.workers.get(address)
        lost = [] if state is None else [str(task.key) for task in state.has_what if set(task.who_has or ()) == {state}]
        await scheduler.restart_workers(workers=[address], timeout=PATIENCE, on_error="return", stimulus_id=stimulus)
        outcome = "OK" if await _came_back(scheduler, name, address, is_up) else "it has not come up again"
        found[address] = {"name": name, "outcome": outcome, "lost": sorted(lost)}
    return found


async def _came_back(scheduler: Scheduler, name: str, address: str, is_up: Callable[[str], Awaitable[bool]]) -> bool:
    """Whether a worker is there again, under its name and another address, and takes tasks and results."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while loop.time() < until:
        for state in list(scheduler.running):
            if str(state.name) == name and state.address != address and await is_up(state.address):
                return True
        await asyncio.sleep(0.05)
    return False


async def _end_of_tasks(scheduler: Scheduler, address: str, patience: float) -> None:
    """Until the tasks that it is at have ended: they would have to begin anew elsewhere."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while loop.time() < until:
        state = scheduler.workers.get(address)
        # What it is executing, the scheduler learns with a delay.
        if state is None or not state.processing:
            return
        await asyncio.sleep(0.05)
