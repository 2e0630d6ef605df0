"""Long work in a living process, a little at a time: no other thread waits for it longer than a few milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Pace", "Stopped"]

#: Seconds that we work at a time, and that other threads have between.
SLICE, PAUSE = 0.002, 0.0005


class Stopped(Exception):
    """Nobody wants to know any more."""


class Pace:
    """Called between steps: lets others run when a slice is over. Raises Stopped when that is asked for."""

    def __init__(self, stop: Callable[[], bool] | None = None) -> None:
        self._stop = stop
        self._pause = time.perf_counter() + SLICE

    def __call__(self) -> None:
        if time.perf_counter() > self._pause:
            self.ask()
            time.sleep(PAUSE)
            self._pause = time.perf_counter() + SLICE

    def ask(self) -> None:
        """Raises Stopped when that is asked for."""
        if self._stop is not None and self._stop():
            raise Stopped
