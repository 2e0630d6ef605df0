"""Files that are no modules: what plug-ins want to be told of, such as templates."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import PurePath

from reloadr._core import FileWatch, WatchEventKind, WatchScope, WatchWake
from reloadr.report import log
from reloadr.watching.relayed import Files

__all__ = ["Others", "fits", "others"]

Saved = Callable[[str], object]


class Others:
    """One file watch and one thread, from when somebody first wants to be told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: Files | None = None
        self._make: Callable[[], Files] | None = None
        #: By what is wanted, whether those who are told come last.
        self._wanted: dict[tuple[str, str, Saved], bool] = {}
        self._goes_on = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def watch(self, folder: str, patterns: Iterable[str], saved: Saved, *, last: bool = False) -> None:
        """Calls `saved` with each path below a folder that is saved or removed and fits one of the patterns.

        `last`: after all that have something to do with it.
        """
        folder = os.path.abspath(folder)
        with self._lock:
            if not self._goes_on and hasattr(os, "register_at_fork"):
                # After whoever may bring the news there: a file watch would be made and given up again in each fork.
                os.register_at_fork(after_in_child=self._go_on_in_child)
            self._goes_on = True
            self._wanted.update({(folder, pattern, saved): last for pattern in patterns})
            self._add([folder])

    def told_by(self, make: Callable[[], Files] | None) -> None:
        """From now on somebody else brings the news, by what `make` gives; or nobody does."""
        with self._lock:
            self._make = make
            files, self._files = self._files, None
            if files is not None:
                files.stop()
                self._add(self._folders())

    def told_of(self, paths: Iterable[str]) -> None:
        """Somebody else has seen saves."""
        files = self._files
        if files is not None:
            files.again(list(paths))

    def _folders(self) -> Iterable[str]:
        return dict.fromkeys(folder for folder, _, _ in self._wanted)

    def _add(self, folders: Iterable[str]) -> None:
        if self._files is None:
            self._files = FileWatch(suffixes=[""]) if self._make is None else self._make()
            threading.Thread(target=self._run, args=(self._files,), name="reloadr files", daemon=True).start()
        for folder in folders:
            if os.path.isdir(folder):
                self._files.add(folder, scope=WatchScope.TREE)

    def _in_child(self) -> None:
        """A fork has neither the thread nor the file watch."""
        self._lock = threading.Lock()
        self._files = None

    def _go_on_in_child(self) -> None:
        with self._lock:
            if self._files is None:
                self._add(self._folders())

    def _run(self, files: Files) -> None:
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
            found = sorted(self._wanted.items(), key=lambda item: item[1])
            wanted = [saved for (folder, pattern, saved), _ in found if fits(path, folder, pattern)]
        for saved in dict.fromkeys(wanted):
            try:
                saved(path)
            except Exception as error:
                log.say(logging.ERROR, f"a plug-in that was told of {path} raised {error!r}", error=error)


def fits(path: str, folder: str, pattern: str = "*") -> bool:
    """Whether a path is below a folder, and like a pattern."""
    if not path.startswith(folder.rstrip(os.sep) + os.sep):
        return False
    # `**/` stands for no folder as well.
    return PurePath(path).match(pattern) or PurePath(path).match(pattern.removeprefix("**/"))


others = Others()
