"""Files that are no modules: what plug-ins want to be told of, such as templates."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import PurePath

from reloadr._core import FileWatch, WatchEventKind, WatchScope, WatchWake
from reloadr.report import log

__all__ = ["Others", "others"]

Saved = Callable[[str], object]


class Others:
    """One file watch and one thread, from when somebody first wants to be told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: FileWatch | None = None
        self._wanted: set[tuple[str, str, Saved]] = set()

    def watch(self, folder: str, patterns: Iterable[str], saved: Saved) -> None:
        """Calls `saved` with each path below a folder that is saved or removed and fits one of the patterns."""
        folder = os.path.abspath(folder)
        with self._lock:
            self._wanted |= {(folder, pattern, saved) for pattern in patterns}
            if self._files is None:
                self._files = FileWatch(suffixes=[""])
                threading.Thread(target=self._run, args=(self._files,), name="reloadr files", daemon=True).start()
            if os.path.isdir(folder):
                self._files.add(folder, scope=WatchScope.TREE)

    def _run(self, files: FileWatch) -> None:
        while True:
            batch = files.wait()
            if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                return
            for problem in batch.problems:
                log.say(logging.WARNING, str(problem))
            for path in sorted(
                {each.path for each in batch.events if each.path and each.kind != WatchEventKind.RESCAN}
            ):
                self._tell(path)

    def _tell(self, path: str) -> None:
        with self._lock:
            wanted = [saved for folder, pattern, saved in self._wanted if _fits(path, folder, pattern)]
        for saved in dict.fromkeys(wanted):
            try:
                saved(path)
            except Exception as error:
                log.say(logging.ERROR, f"a plug-in that was told of {path} raised {error!r}", error=error)


def _fits(path: str, folder: str, pattern: str) -> bool:
    if not path.startswith(folder.rstrip(os.sep) + os.sep):
        return False
    # `**/` stands for no folder as well.
    return PurePath(path).match(pattern) or PurePath(path).match(pattern.removeprefix("**/"))


others = Others()
