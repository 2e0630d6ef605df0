"""A process of the program to its supervisor: one line of JSON a message, over a socket in a folder of the user's own.

It is opened when Python starts, so it loads nothing that Python has not loaded; and it is the guest of a program that
may close every descriptor that it did not open, or have a broken pipe end it. So before each message it is looked
whether the descriptor is still ours, and no signal comes of it.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading

try:
    import _socket
except ImportError:
    _socket = None  # type: ignore[assignment]

# `typing` is not loaded by all programs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHANNEL", "TREE", "Wire", "mark"]

#: The environment variables of a program under `reloadr run`: what its processes watch, as JSON; where they give
#: account.
TREE = "RELOADR_TREE"
CHANNEL = "RELOADR_CHANNEL"
#: How long a message may take, seconds: a supervisor that does not read must not stop the program.
PATIENCE = 2
#: How often it is opened once more, for the program has closed it: as a daemon does, once.
AGAIN = 3


class Wire:
    """The way to the supervisor; none where there is no supervisor, and then nothing is sent."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._descriptor = -1
        #: What tells our socket from whatever else may have its number by now.
        self._mark: tuple[int, int] = (0, 0)
        #: How often it was opened.
        self.opened = 0
        #: Called when it was opened once more: whoever hears us there knows nothing of us.
        self.at_again: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._connect()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    @property
    def is_open(self) -> bool:
        """Whether somebody listens; where the program has closed our end, it is opened once more."""
        if not self._is_closed():
            return self._is_ours()
        self._connect()
        if self._is_ours():
            self.at_again()
        return self._is_ours()

    def send(self, kind: str, **words: object) -> None:
        """One message; lost without harm when nobody listens."""
        import json

        if self.is_open:
            self._send(json.dumps({"kind": kind, **words}).encode() + b"\n")

    def read(self, timeout: float) -> bytes | None:
        """What came from the supervisor; nothing when the time is over; None when nothing can come any more."""
        import select

        descriptor = self._descriptor
        if not self._is_ours():
            return None
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        try:
            seen = waiting.poll(timeout * 1000)
            if not seen:
                return b""
            # Who closed it meanwhile may have another one of this number.
            if descriptor != self._descriptor or not self._is_ours():
                return None
            socket = _socket.socket(fileno=descriptor)
        except OSError:
            return None
        try:
            data = socket.recv(1 << 18, _socket.MSG_DONTWAIT) or None
            if data is None and seen[0][1] & select.POLLHUP:
                # Nobody is there any more; else nothing more is told, and we are heard.
                self._give_up()
            return data
        except BlockingIOError:
            return b""
        except OSError:
            self._give_up()
            return None
        finally:
            socket.detach()

    def _connect(self) -> None:
        if self._path is None or _socket is None or not hasattr(_socket, "AF_UNIX"):
            return
        try:
            socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        except OSError:
            return
        try:
            socket.settimeout(PATIENCE)
            socket.connect(self._path)
            if not _is_own(socket):
                socket.close()
                return
            socket.settimeout(None)
            socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))
        except OSError:
            socket.close()
            return
        self._descriptor = socket.detach()
        self._mark = mark(self._descriptor)
        self.opened += 1
        self._send(b'{"kind": "hello", "pid": %d}\n' % os.getpid())

    def _is_ours(self) -> bool:
        return self._descriptor >= 0 and mark(self._descriptor) == self._mark

    def _give_up(self) -> None:
        with self._lock:
            if self._is_ours():
                os.close(self._descriptor)
            self._descriptor = -1

    def _is_closed(self) -> bool:
        """Whether the program has closed our end. What has its number now is the program's."""
        with self._lock:
            if self._descriptor < 0 or self._is_ours():
                return False
            self._descriptor = -1
            return self.opened <= AGAIN

    def _send(self, data: bytes) -> None:
        with self._lock:
            if not self._is_ours():
                return
            socket = _socket.socket(fileno=self._descriptor)
            try:
                while data:
                    data = data[socket.send(data, getattr(_socket, "MSG_NOSIGNAL", 0)) :]
            except OSError:
                # Half a message would spoil the next one.
                os.close(socket.detach())
                self._descriptor = -1
                return
            socket.detach()

    def _forked(self) -> None:
        """This is a child: it gives account for itself."""
        self._lock = threading.Lock()
        if self._is_ours():
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = -1
        self.opened = 0
        self._connect()


def _is_own(socket: _socket.socket) -> bool:
    """Whether who listens there is the same user, as the system says, where it does: somebody else is told nothing."""
    option = getattr(_socket, "SO_PEERCRED", None)
    if option is None:
        return True
    return bool(struct.unpack("3i", socket.getsockopt(_socket.SOL_SOCKET, option, 12))[1] == os.geteuid())


def mark(descriptor: int) -> tuple[int, int]:
    """Tells a descriptor of ours from whatever else may have its number by now: a program may close what it did not
    open.
    """
    try:
        seen = os.fstat(descriptor)
    except OSError:
        return (0, 0)
    return (seen.st_dev, seen.st_ino)
