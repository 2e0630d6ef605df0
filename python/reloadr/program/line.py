"""What the program says to the supervisor: messages, a line of JSON each, through a pipe that it inherits.

Through another one come single signs the other way: that it is to end, and keys for what it holds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
from collections.abc import Callable
from typing import Any

from reloadr.tree.lines import Lines

__all__ = ["END", "GO_ON", "HELD_KEYS", "LOOK", "Line"]

#: That the supervisor ends the program.
END = b"\0"
#: Keys for an exception that is held: it goes on, as `c` of pdb has it; it is looked at with pdb.
GO_ON, LOOK = "c", "p"
HELD_KEYS = GO_ON + LOOK


class Line:
    """The supervisor's end: each message is handed to `heard`."""

    def __init__(self, selector: selectors.BaseSelector, heard: Callable[[dict[str, Any]], object]) -> None:
        self._selector = selector
        self._heard = heard
        self._end = self._sign = -1
        self._lines = Lines()

    def open(self) -> tuple[int, int]:
        """Opens a new line; gives the descriptors of the program's ends: for messages, and for signs."""
        self._end, theirs = os.pipe()
        signs, self._sign = os.pipe()
        # Nobody need read them.
        os.set_blocking(self._sign, False)
        self._lines = Lines()
        os.set_blocking(self._end, False)
        self._selector.register(self._end, selectors.EVENT_READ, self._read)
        return theirs, signs

    def sign(self, what: bytes) -> None:
        """A sign to the program."""
        with contextlib.suppress(OSError):
            os.write(self._sign, what)

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
        os.close(self._sign)
        self._sign = -1

    def _close(self) -> None:
        if self._end >= 0:
            self._selector.unregister(self._end)
            os.close(self._end)
            self._end = -1
