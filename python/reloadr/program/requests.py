"""Requests that are being answered: whether there are any, by what the kernel knows of the connections.

No server is asked, and none need be known. A connection is at rest when everything that came was read, all that was
written was taken, and what was written came later than what was read; or when nothing has come at all for a while. A
client that got its answer and may ask again is at rest, and so is a stream of events between two of them.

Many servers write an answer in several pieces. So that one is not at rest between two of them where processors are
scarce, it is waited longer as long as another thread has something to do, or waits for a processor: until the others
have had one for so long that they are busy with something else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator

__all__ = ["borrowed", "finish"]

#: How often it is looked, seconds.
LOOK = 0.01
#: A connection that was written to may be written to again: at rest after so many milliseconds in which nobody was at
#: work. Where the kernel's clock is too coarse to say what came first, it is waited longer; and longest where nothing
#: came yet.
QUIET, DOUBT, LONGEST = 50, 250, 1000
#: A thread was at work if it had a processor for so long between two looks, seconds: more than to look whether there is
#: something to do. After so much of it, it was not about what was written last.
WORK, ELSEWHERE = 0.0005, 0.5
#: Where `struct tcp_info` has the milliseconds since something was sent and received, and the bytes that the other end
#: has taken and that came from there.
_SENT, _RECEIVED, _BYTES = 44, 52, 120


def finish(ports: Iterable[int]) -> None:
    """Waits until nothing is being answered at these ports in this process; at once where the kernel does not tell."""
    if sys.platform != "linux":
        return
    there = frozenset(ports)
    others = _Others()
    while any(_is_busy(each, others) for each in _connections(there)):
        time.sleep(LOOK)
        others.look()


class _Others:
    """What the other threads of the process do meanwhile."""

    def __init__(self) -> None:
        #: When it was looked, and what they had had of processors by then.
        self._looks = [(time.monotonic(), _used())]
        #: When they were seen to have something to do.
        self._busy = self._looks[0][0]

    def look(self) -> None:
        """Another look."""
        before = self._looks[-1][1]
        self._looks.append((time.monotonic(), _used()))
        if self._looks[-1][1] - before > WORK or _is_any_runnable():
            self._busy = self._looks[-1][0]

    def are_done(self, since: int, quiet: int) -> bool:
        """Whether nobody goes on with what was done so many milliseconds ago: nothing is done, for a while."""
        if since < quiet:
            return False
        now, used = self._looks[-1]
        if (now - self._busy) * 1000 > quiet:
            return True
        then = next((had for at, had in reversed(self._looks) if at <= now - since / 1000), self._looks[0][1])
        return used - then > ELSEWHERE


def _used() -> float:
    """What the other threads have had of processors, seconds."""
    return time.process_time() - time.thread_time()


def _is_any_runnable() -> bool:
    """Whether another thread runs or waits for a processor: it may have had none since the last look."""
    ours = str(threading.get_native_id())
    for each in os.listdir("/proc/self/task"):
        # A thread that ends meanwhile has nothing to do any more.
        with contextlib.suppress(OSError), open(f"/proc/self/task/{each}/stat", "rb") as file:
            if each != ours and file.read().rpartition(b")")[2].split()[0] == b"R":
                return True
    return False


@contextlib.contextmanager
def borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Somebody else's socket, which stays open."""
    each = socket.socket(fileno=descriptor)
    try:
        yield each
    finally:
        each.detach()


def _connections(ports: frozenset[int]) -> Iterator[socket.socket]:
    for name in os.listdir("/proc/self/fd"):
        # What is closed meanwhile, is no socket, or has no other end.
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with borrowed(int(name)) as each:
                if each.family in (socket.AF_INET, socket.AF_INET6) and each.type == socket.SOCK_STREAM:
                    each.getpeername()
                    if each.getsockname()[1] in ports:
                        yield each


def _is_busy(connection: socket.socket, others: _Others) -> bool:
    try:
        facts = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        unread, unsent = (_count(connection, request) for request in (_FIONREAD, _SIOCOUTQ))
    except OSError:
        return False
    if len(facts) < _BYTES + 16 or unread or unsent:
        return bool(unread or unsent)
    sent, received = (struct.unpack_from("I", facts, at)[0] for at in (_SENT, _RECEIVED))
    taken, came = struct.unpack_from("QQ", facts, _BYTES)
    if came and not taken:
        return True
    if not came:
        return bool(received < LONGEST)
    return bool(received < sent) or not others.are_done(sent, DOUBT if sent == received else QUIET)


_FIONREAD, _SIOCOUTQ = 0x541B, 0x5411


def _count(connection: socket.socket, request: int) -> int:
    import fcntl

    return int(struct.unpack("i", fcntl.ioctl(connection, request, b"\0" * 4))[0])
