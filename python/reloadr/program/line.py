"""What the program says to the supervisor: messages, a line of JSON each, through a pipe that it inherits."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from typing import Any

from reloadr.tree.lines import Lines

__all__ = ["Line"]


class Line:
    """The supervisor's end: each message is handed to `heard`."""

    def __init__(self, selector: selectors.BaseSelector, heard: Callable[[dict[str, Any]], object]) -> None:
        self._selector = selector
        self._heard = heard
        self._end = -1
        self._lines = Lines()

    def open(self) -> int:
        """Opens a new line; gives the descriptor of the program's end."""
        self._end, theirs = os.pipe()
        self._lines = Lines()
        os.set_blocking(self._end, False)
        self._selector.register(self._end, selectors.EVENT_READ, self._read)
        return theirs

    def _read(self) -> None:
        try:
            data = os.read(self._end, 65536)
        except BlockingIOError:
            return
        if not data:
            self._close()
            return
        for message in self._lines.take(data):
            self._heard(message)

    def last(self) -> None:
        """The program has ended: what it said last, and then no more."""
        if self._end >= 0:
            self._read()
        self._close()

    def _close(self) -> None:
        if self._end >= 0:
            self._selector.unregister(self._end)
            os.close(self._end)
            self._end = -1
