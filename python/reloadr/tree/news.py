"""News of saved files, from the supervisor to a process of the program. They change nothing by themselves: the process
looks at its own files then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from reloadr.tree.lines import Lines
from reloadr.tree.wire import Wire

__all__ = ["News"]

#: How often it is looked whether the way is still ours, seconds: the program may close what it did not open.
LOOK = 2.0
#: News that are longer are none of ours.
MOST = 16 * 1024 * 1024


class News:
    """A thread that waits for them."""

    def __init__(self, wire: Wire, saved: Callable[[list[str], list[str]], object], lost: Callable[[], object]) -> None:
        """`saved` is called with the paths that were saved, and those that are gone; `lost` when nobody tells of them
        any more."""
        self._wire = wire
        self._saved = saved
        self._lost = lost
        self._is_over = False
        self.thread = threading.Thread(target=self._run, name="reloadr news", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Nobody wants to hear them any more."""
        self._is_over = True

    def _run(self) -> None:
        lines = Lines()
        while not self._is_over:
            data = self._wire.read(LOOK)
            if data is None or len(lines) > MOST:
                break
            for message in self._messages(lines, data):
                if not self._is_over and not self._tell(message):
                    self._is_over = True
                    self._lost()
        if not self._is_over:
            self._lost()

    def _messages(self, lines: Lines, data: bytes) -> list[object]:
        try:
            return lines.take(data)
        except ValueError:
            return [None]

    def _tell(self, message: Any) -> bool:
        """Whether it was one of ours."""
        try:
            saved, gone = list(map(str, message["saved"])), list(map(str, message["gone"]))
        except (ValueError, KeyError, TypeError):
            return False
        self._saved(saved, gone)
        return True
