"""Requests that are being answered: whether there are any, by what the kernel knows of the connections.

No server is asked, and none need be known. A connection is at rest when everything that came was read, all that was
written was taken, and what was written came later than what was read; or when nothing has come at all for a while. A
client that got its answer and may ask again is at rest, and so is a stream of events between two of them.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterable, Iterator

__all__ = ["borrowed", "finish"]

#: How often it is looked, seconds.
LOOK = 0.01
#: A connection that was written to may be written to again: at rest after so many milliseconds. Where the kernel's
#: clock is too coarse to say what came first, and where nothing came yet, it is waited longer.
QUIET, DOUBT = 50, 250
#: Where `struct tcp_info` has the milliseconds since something was sent and received, and the bytes that the other end
#: has taken and that came from there.
_SENT, _RECEIVED, _BYTES = 44, 52, 120


def finish(ports: Iterable[int]) -> None:
    """Waits until nothing is being answered at these ports in this process; at once where the kernel does not tell."""
    there = frozenset(ports)
    while sys.platform == "linux" and any(_is_busy(each) for each in _connections(there)):
        time.sleep(LOOK)


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


def _is_busy(connection: socket.socket) -> bool:
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
    if not came or sent == received:
        return bool(received < DOUBT)
    return bool(received < sent or sent < QUIET)


_FIONREAD, _SIOCOUTQ = 0x541B, 0x5411


def _count(connection: socket.socket, request: int) -> int:
    import fcntl

    return int(struct.unpack("i", fcntl.ioctl(connection, request, b"\0" * 4))[0])
