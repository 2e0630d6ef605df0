"""Saves as the supervisor sees them, who loads no program: by a file watch in a thread, and a pipe to its loop."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from collections.abc import Callable, Iterable

from reloadr._core import FileWatch, WatchWake

__all__ = ["Saves"]


class Saves:
    """Tells of saves of some files, in the thread of the selector."""

    def __init__(self, selector: selectors.BaseSelector, saved: Callable[[str], object]) -> None:
        self._selector = selector
        self._saved = saved
        self._known: set[str] = set()
        self._paths: list[str] = []
        self._watch: FileWatch | None = None
        self._wake, self._asleep = -1, -1

    def watch(self, paths: Iterable[str]) -> None:
        """These as well, from now on."""
        for path in set(paths) - self._known:
            self._known.add(path)
            if self._watch is None:
                self._begin()
            assert self._watch is not None
            with contextlib.suppress(RuntimeError, OSError):
                self._watch.add(path)

    def close(self) -> None:
        """Ends it."""
        if self._watch is not None:
            self._watch.stop()
            self._selector.unregister(self._asleep)

    def _begin(self) -> None:
        self._watch = FileWatch()
        self._asleep, self._wake = os.pipe()
        os.set_blocking(self._asleep, False)
        os.set_blocking(self._wake, False)
        self._selector.register(self._asleep, selectors.EVENT_READ, self._tell)
        threading.Thread(target=self._run, args=(self._watch,), daemon=True).start()

    def _run(self, watch: FileWatch) -> None:
        while True:
            batch = watch.wait()
            if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                return
            self._paths += [event.path for event in batch.events if event.path is not None]
            with contextlib.suppress(OSError):
                os.write(self._wake, b"\0")

    def _tell(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._asleep, 4096):
                pass
        while self._paths:
            self._saved(self._paths.pop(0))
