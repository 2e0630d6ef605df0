"""A file watch whose news somebody else brings: of a program's processes one asks the operating system, not each.

Linux gives a user 128 file watches by default; a program may have more processes than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import Protocol

from reloadr._core import FileWatch, WatchBatch, WatchScope

__all__ = ["Files", "Relayed"]

#: How often it looks for itself, seconds: for what nobody has told of.
LOOK = 30.0


class Files(Protocol):
    """What tells of saves, as `FileWatch` does."""

    def add(self, path: str | PathLike[str], *, scope: WatchScope = ...) -> None:
        """From now on, saves there are told of."""

    def remove(self, path: str | PathLike[str]) -> None:
        """Not any more."""

    def wait(self, timeout: float | None = None) -> WatchBatch:
        """Until there is something to look at."""
        ...

    def rest(self) -> int | None:
        """Tells one state of the repositories from the next; None while one of them is being rewritten."""
        ...

    def again(self, paths: Sequence[str]) -> None:
        """Has paths told of once more."""

    def wake(self) -> None:
        """Whoever waits returns."""

    def stop(self) -> None:
        """Ends it."""


class Relayed:
    """Asks the operating system for nothing, and looks at its files now and then; whoever has the news calls `again`.
    What is to be watched is handed on."""

    def __init__(self, wanted: Callable[[str, bool], object]) -> None:
        """`wanted` is called with each path, and whether all below it is meant."""
        self._files = FileWatch(poll_everything=True, poll_interval=LOOK)
        self._wanted = wanted
        self.wait, self.rest, self.again = self._files.wait, self._files.rest, self._files.again
        self.wake, self.remove, self.stop = self._files.wake, self._files.remove, self._files.stop

    def add(self, path: str | PathLike[str], *, scope: WatchScope = WatchScope.FILE) -> None:
        """Watches a path. It has to be looked at once more when whoever has the news has begun to watch it."""
        is_tree = scope == WatchScope.TREE
        if not is_tree:
            self._files.add(path, scope=scope)
        # To look through whole trees in each process would cost more than it gives.
        self._wanted(fspath(path), is_tree)
