"""The keys of `reloadr test`, where it is on a terminal."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from typing import Any

from reloadr.program.terminal import unseen

try:
    import termios
except ImportError:
    termios = None  # type: ignore[assignment]

__all__ = ["Keys"]


class Keys:
    """One key at a time, unseen; while tests run the terminal is theirs, as it was."""

    def __init__(self) -> None:
        self._saved: Any = None
        self._is_there = termios is not None and sys.stdin.isatty()
        if self._is_there:
            # pytest puts something else in the place of standard input.
            self._descriptor = os.dup(sys.stdin.fileno())
            self._saved = termios.tcgetattr(self._descriptor)

    def wait(self, saved: Callable[[], set[str]]) -> set[str] | str:
        """Waits for a key, or for files that were saved."""
        self._listen()
        while True:
            found = saved()
            if found:
                return found
            if self._is_there and select.select([self._descriptor], [], [], 0)[0]:
                data = os.read(self._descriptor, 1)
                if data:
                    return data.decode("ascii", "ignore").lower()
                self._is_there = False

    def rest(self) -> None:
        """The terminal is as it was."""
        if self._saved is not None:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._saved)

    def hand_on(self) -> None:
        """To a program that this process becomes: the terminal, in the place of what pytest has put there."""
        self.rest()
        if self._is_there:
            os.dup2(self._descriptor, 0)

    def _listen(self) -> None:
        if self._saved is not None:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, unseen(self._saved))
