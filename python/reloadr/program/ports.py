"""The supervisor's part in keeping a program's ports open over a restart: it has the sockets while no process has them.

It gets them from a process that is about to end, gives them to the next one, and keeps none: what that one does not
bind again is closed by it, or ends with it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reloadr.program.sockets import Spoken, packed, unpacked
from reloadr.tree.lines import Lines

__all__ = ["Ports"]

#: How many sockets come over at once.
MOST = 64


class Ports:
    """What the program listens on."""

    def __init__(self, selector: selectors.BaseSelector, rests: Callable[[], object]) -> None:
        self._selector = selector
        #: Called when the program has handed over what it listens on, and answers nobody any more; or has not in time.
        self._rests = rests
        self._line: socket.socket | None = None
        self._theirs: socket.socket | None = None
        self._lines = Lines()
        self._listens = False
        self._held: list[Spoken] = []
        #: When it is waited for no longer.
        self.until: float | None = None

    def give(self) -> dict[str, Any]:
        """What a process that is about to start is told: its end of the line, and the sockets that were held for it."""
        self._line, self._theirs = socket.socketpair()
        self._line.setblocking(False)
        self._selector.register(self._line, selectors.EVENT_READ, self._hear)
        self._buffer, self._listens, self.until = b"", False, None
        return {"line": self._theirs.fileno(), "held": packed(self._held)}

    @property
    def descriptors(self) -> list[int]:
        """Those that it inherits."""
        theirs = [] if self._theirs is None else [self._theirs.fileno()]
        return [*theirs, *(each.descriptor for each in self._held)]

    def given(self) -> None:
        """Closes our copies of the sockets: the process has them."""
        if self._theirs is not None:
            self._theirs.close()
            self._theirs = None
        self.drop()

    def drop(self) -> None:
        """Nobody is to have them any more."""
        for each in self._held:
            os.close(each.descriptor)
        self._held = []

    def ask(self, seconds: float) -> bool:
        """Has the process hand over what it listens on; False where it listens on nothing."""
        if self._line is None or not self._listens:
            return False
        with contextlib.suppress(OSError):
            self._line.send(b"\0")
            self.until = time.monotonic() + seconds
        return self.until is not None

    def turn(self) -> None:
        """Looks at the clock."""
        if self.until is not None and time.monotonic() >= self.until:
            self._end_of_wait()

    def ended(self) -> None:
        """The process is no more."""
        self.until = None
        self._hear()
        self._close()

    def _end_of_wait(self) -> None:
        self.until = None
        self._rests()

    def _hear(self) -> None:
        while self._line is not None:
            try:
                data, descriptors, *_ = socket.recv_fds(self._line, 1 << 16, MOST)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                self._close()
                return
            self._take(data, descriptors)

    def _take(self, data: bytes, descriptors: list[int]) -> None:
        for message in self._lines.take(data):
            if message["kind"] == "listens":
                self._listens = True
            elif message["kind"] == "held":
                names = unpacked(message["sockets"])
                self._held = [replace(name, descriptor=each) for name, each in zip(names, descriptors, strict=False)]
            elif self.until is not None:
                self._end_of_wait()

    def _close(self) -> None:
        if self._line is not None:
            self._selector.unregister(self._line)
            self._line.close()
            self._line = None
