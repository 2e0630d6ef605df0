"""Requests wait while a framework's tables are between two states: what was registered is out, and not in again yet.

That takes milliseconds, in which a view whose decorators are edited would not be found. Whoever makes the save may ask.
"""

from __future__ import annotations

import asyncio
import threading
import time

__all__ = ["Gate"]

#: How long a request waits at most, and how often it looks, seconds.
LONGEST, LOOK = 1.0, 0.001


class Gate:
    """One framework's."""

    def __init__(self) -> None:
        self._until = 0.0
        self._thread: int | None = None

    def close(self) -> None:
        """From now on, and never for long."""
        self._thread = threading.get_ident()
        self._until = time.monotonic() + LONGEST

    def open(self) -> None:
        """All is as it should be."""
        self._until, self._thread = 0.0, None

    @property
    def is_ours(self) -> bool:
        """Whether this thread has closed it, however long ago: requests may have passed since."""
        return self._thread == threading.get_ident()

    @property
    def is_closed(self) -> bool:
        """Whether a request of this thread has to wait."""
        return time.monotonic() < self._until and threading.get_ident() != self._thread

    def wait(self) -> None:
        """In a thread that serves a request."""
        while self.is_closed:
            time.sleep(LOOK)

    async def pass_through(self) -> None:
        """In a task that serves one."""
        while self.is_closed:
            await asyncio.sleep(LOOK)
