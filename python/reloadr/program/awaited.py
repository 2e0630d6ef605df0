"""The wait for an edit, after a program that could not be started: in a thread, until a file is saved."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence

from reloadr._core import FileWatch, WatchEventKind, WatchScope, WatchWake, read
from reloadr.report import log

__all__ = ["AwaitedEdit"]


class AwaitedEdit:
    """Watches what a start has read, what it looked for and did not find, and the folder of the program."""

    def __init__(
        self, files: Mapping[str, int], absent: Sequence[str], root: str, edited: Callable[[], object]
    ) -> None:
        """`files`: what was in each of them when the program read it; `edited` is called once, in any thread."""
        self._known = dict(files)
        self._absent = absent
        self._edited = edited
        self._watch = FileWatch()
        for path in (*self._known, *absent):
            self._watch.add(path)
        self._watch.add(root, scope=WatchScope.TREE)

    def begin(self) -> None:
        """From now on; what was saved since the program read it counts."""
        changed = any(_hash(path) != seen for path, seen in self._known.items())
        if changed or any(os.path.exists(path) for path in self._absent):
            self._edited()
        else:
            threading.Thread(target=self._await, daemon=True).start()

    def stop(self) -> None:
        """Ends the wait."""
        self._watch.stop()

    def _await(self) -> None:
        while True:
            batch = self._watch.wait()
            if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                return
            for problem in batch.problems:
                log.say(logging.WARNING, str(problem))
            for event in batch.events:
                path = event.path
                if event.kind == WatchEventKind.RESCAN or path is None or _hash(path) != self._known.get(path, 0):
                    self._edited()
                    return


def _hash(path: str) -> int:
    """What is in a file now; 0 for none."""
    try:
        return read(path).hash
    except OSError:
        return 0
