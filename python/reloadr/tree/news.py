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

    def __init__(
        self,
        wire: Wire,
        saved: Callable[[list[str], list[str]], object],
        others: Callable[[list[str]], object],
        lost: Callable[[], object],
    ) -> None:
        """`saved` is called with the paths that were saved, and those that are gone; `others` with those of files that
        are no modules; `lost` when nobody tells of them any more."""
        self._wire = wire
        self._saved = saved
        self._others = others
        self._lost = lost
        self.thread = threading.Thread(target=self._run, name="reloadr news", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        lines = Lines()
        while len(lines) <= MOST:
            opened = self._wire.opened
            data = self._wire.read(LOOK)
            if data is None and self._wire.is_open and self._wire.opened != opened:
                # The program had closed it. What was left of a message is lost.
                lines = Lines()
            elif data is None or not all(self._tell(message) for message in self._messages(lines, data)):
                break
        self._lost()

    def _messages(self, lines: Lines, data: bytes) -> list[object]:
        try:
            return lines.take(data)
        except ValueError:
            return [None]

    def _tell(self, message: Any) -> bool:
        """Whether it was one of ours."""
        try:
            saved, gone, others = [list(map(str, message[each])) for each in ("saved", "gone", "others")]
        except (ValueError, KeyError, TypeError):
            return False
        if saved or gone:
            self._saved(saved, gone)
        if others:
            self._others(others)
        return True
