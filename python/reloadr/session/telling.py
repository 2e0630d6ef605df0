"""What is told of a reload once the session's lock is free: who hears of it may wait for other threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

__all__ = ["Telling"]


class Telling:
    """What is left to tell, and the threads that are telling."""

    def __init__(self) -> None:
        self._left: list[Callable[[], object]] = []
        #: What is set when a thread has told what it did.
        self._threads: dict[threading.Event, int] = {}

    def add(self, act: Callable[[], object]) -> None:
        """To be done by this thread as soon as it has let the lock go. The lock is held."""
        self._left.append(act)

    def take(self) -> Callable[[], None] | None:
        """What this thread calls once it has let the lock go; from now on others can wait for it. The lock is held."""
        if not self._left:
            return None
        left, self._left = self._left, []
        told = threading.Event()
        self._threads[told] = threading.get_ident()
        return partial(self._tell, left, told)

    def _tell(self, left: list[Callable[[], object]], told: threading.Event) -> None:
        try:
            for each in left:
                each()
        finally:
            del self._threads[told]
            told.set()

    def wait(self, patience: float) -> None:
        """Until other threads have told what they did, or some seconds are over: those whom they tell may wait for
        this thread."""
        until = time.monotonic() + patience
        for told, thread in list(self._threads.items()):
            if thread != threading.get_ident():
                told.wait(max(0.0, until - time.monotonic()))
