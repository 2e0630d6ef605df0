"""Saves as the supervisor sees them, who loads no program: by a file watch in a thread, and a pipe to its loop."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
from collections.abc import Callable, Sequence

from reloadr._core import FileWatch, WatchBatch, WatchEventKind, WatchScope, WatchWake
from reloadr.report import log
from reloadr.watching.others import fits

__all__ = ["Saves"]

#: Called with what was saved and what is gone; the paths are none where anything may have been.
Told = Callable[[list[str] | None, list[str]], object]


class Saves:
    """Tells of saves of some files, in the thread of the selector."""

    def __init__(self, selector: selectors.BaseSelector, told: Told, suffixes: Sequence[str] | None = None) -> None:
        """`suffixes` are those of the files that matter below what is watched; modules' if there are none."""
        #: Called for a save that nobody asked for, of a module beside one that is watched.
        self.stray: Callable[[], object] = lambda: None
        self._selector = selector
        self._told = told
        self._suffixes = suffixes
        self._known: set[tuple[str, bool]] = set()
        #: Folders that are watched for what comes into them.
        self._folders: set[str] = set()
        self._batches: list[WatchBatch] = []
        self._watch: FileWatch | None = None
        self._wake, self._asleep = -1, -1

    def watch(self, path: str, *, below: bool = False) -> bool:
        """This one as well, from now on, with what is `below` it; whether it was not watched before."""
        if (path, below) in self._known:
            return False
        self._known.add((path, below))
        if self._watch is None:
            self._begin()
        assert self._watch is not None
        with contextlib.suppress(RuntimeError, OSError):
            self._watch.add(path, scope=WatchScope.TREE if below else WatchScope.FILE)
            folder = os.path.dirname(path)
            if not below and folder not in self._folders:
                self._watch.add(folder, scope=WatchScope.FOLDER)
                self._folders.add(folder)
        return True

    def _is_wanted(self, path: str) -> bool:
        return (path, False) in self._known or any(below and fits(path, folder) for folder, below in self._known)

    def files(self) -> list[str]:
        """The files that are watched."""
        return [path for path, below in self._known if not below]

    def close(self) -> None:
        """Ends it."""
        if self._watch is not None:
            self._watch.stop()
            self._selector.unregister(self._asleep)

    def _begin(self) -> None:
        self._watch = FileWatch(suffixes=self._suffixes)
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
            self._batches.append(batch)
            with contextlib.suppress(OSError):
                os.write(self._wake, b"\0")

    def _tell(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._asleep, 4096):
                pass
        while self._batches:
            batch = self._batches.pop(0)
            for problem in batch.problems:
                log.say(logging.WARNING, str(problem))
            seen = {event.path: event.kind for event in batch.events if event.path is not None}
            paths = {path: kind for path, kind in seen.items() if self._is_wanted(path)}
            changed = [path for path, kind in paths.items() if kind == WatchEventKind.CHANGED]
            is_lost = any(event.kind == WatchEventKind.RESCAN for event in batch.events)
            if len(paths) < len(seen):
                self.stray()
            if paths or is_lost:
                self._told(None if is_lost else changed, [path for path in paths if path not in changed])
