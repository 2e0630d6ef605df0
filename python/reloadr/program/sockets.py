"""The listening sockets of a program under `reloadr run`: they stay open while it is started again.

A server binds its socket in the program, and nothing of it knows of us. So `bind` is stood in for: the sockets that
were bound to a port are noted. Before the supervisor ends the program for a restart, it asks for those that listen;
they are sent to it as descriptors, and in their place the program gets one on which nobody ever calls. So it takes no
new connection, and those who call meanwhile wait in the queue of the socket, which the supervisor has. The next process
inherits it, and `bind` to the same address puts it in the place of the socket that was made for it.

What was called already is answered first (`requests.py`), for a bounded time.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reloadr.program import requests
from reloadr.tree.wire import mark

__all__ = ["Sockets", "Spoken", "packed", "unpacked"]

Address = tuple[Any, ...]

#: How long a process may leave alone what the one before it had listened on, seconds; and once it has bound something.
LONGEST, BESIDE = 60.0, 2.0
#: How many may wait for the next process.
QUEUE = 4096
#: What a socket that was bound before is to have of the one in whose place it comes.
_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_REUSEADDR),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY),
]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A socket, by the address that it was to be bound to, in the program's words."""

    descriptor: int
    family: int
    proto: int
    address: Address


def packed(spoken: Sequence[Spoken]) -> list[dict[str, Any]]:
    """Plain data for JSON."""
    return [asdict(each) for each in spoken]


def unpacked(words: Sequence[dict[str, Any]]) -> list[Spoken]:
    """From plain data."""
    return [Spoken(**{**each, "address": tuple(each["address"])}) for each in words]


class Sockets:
    """Those of this process, and those of the one before it that nobody has asked for yet."""

    def __init__(self, line: int, held: Sequence[Spoken]) -> None:
        self._line = socket.socket(fileno=line)
        self._line.set_inheritable(False)
        self._mark = mark(line)
        self._held = list(held)
        for each in held:
            os.set_inheritable(each.descriptor, False)
        #: What was bound here, with what tells it from whatever else may have its number by now.
        self._bound: list[tuple[Spoken, tuple[int, int]]] = []
        self._lock = threading.RLock()
        self._is_heard = False
        self._plain = socket.socket.bind
        os.register_at_fork(after_in_child=self._forked)

    def install(self) -> None:
        """From now on."""
        plain = self._plain

        @functools.wraps(plain)
        def bind(self_: socket.socket, address: Any, /) -> None:
            if _is_port(self_, address):
                self._bind(self_, address)
            else:
                plain(self_, address)

        socket.socket.bind = bind  # type: ignore[method-assign, assignment]
        if self._held:
            _later(LONGEST, self._let_go)
            # It may have to end before it has bound anything.
            self._be_asked()

    # ---- a socket is bound -----------------------------------------------------------------------

    def _bind(self, ours: socket.socket, address: Address) -> None:
        with self._lock:
            held = next((each for each in self._held if _is_same(each, ours, address)), None)
            if held is None:
                self._bind_anew(ours, address)
            else:
                sys.audit("socket.bind", ours, address)
                self._held.remove(held)
                _put(held.descriptor, ours)
            if self._held:
                _later(BESIDE, self._let_go)
            spoken = Spoken(ours.fileno(), ours.family, ours.proto, address)
            self._bound = [(each, seen) for each, seen in self._bound if mark(each.descriptor) == seen]
            self._bound.append((spoken, mark(spoken.descriptor)))
        self._be_asked()

    def _bind_anew(self, ours: socket.socket, address: Address) -> None:
        try:
            self._plain(ours, address)
        except OSError as error:
            # It may be us who have the port, under another name of the same place.
            if error.errno != errno.EADDRINUSE or not self._let_go(address[1]):
                raise
            self._plain(ours, address)

    def _let_go(self, port: int | None = None) -> bool:
        """What was not asked for is closed: all, or those of a port; whether there was any."""
        with self._lock:
            gone = [each for each in self._held if port in (None, each.address[1])]
            self._held = [each for each in self._held if each not in gone]
            for each in gone:
                os.close(each.descriptor)
        return bool(gone)

    # ---- the program is to end -------------------------------------------------------------------

    def _be_asked(self) -> None:
        if not self._is_heard and self._is_ours():
            self._is_heard = True
            with contextlib.suppress(OSError):
                self._line.sendall(b'{"kind": "listens"}\n')
            threading.Thread(target=self._hear, name="reloadr-sockets", daemon=True).start()

    def _hear(self) -> None:
        """The supervisor asks once, and then the program is about to end."""
        with contextlib.suppress(OSError):
            if self._line.recv(1) and self._is_ours():
                ports = self._hand_over()
                requests.finish(ports)
                self._line.sendall(b'{"kind": "rests"}\n')

    def _is_ours(self) -> bool:
        return self._line.fileno() >= 0 and mark(self._line.fileno()) == self._mark

    def _hand_over(self) -> set[int]:
        """Hands what listens to the supervisor, and listens no more; the ports."""
        with self._lock:
            bound = [each for each, seen in self._bound if mark(each.descriptor) == seen and _listens(each)]
            there = [*bound, *self._held]
            for each in bound:
                _widen(each)
            text = json.dumps({"kind": "held", "sockets": packed(there)}).encode() + b"\n"
            socket.send_fds(self._line, [text], [each.descriptor for each in there])
            for each in bound:
                with contextlib.suppress(OSError):
                    _silence(each)
        return {each.address[1] for each in bound}

    def _forked(self) -> None:
        """This is a child: the sockets are its parent's business."""
        self._lock = threading.RLock()
        self._let_go()
        self._line.close()
        self._bound = []


def _is_port(ours: socket.socket, address: object) -> bool:
    """Whether somebody may call there: not where the system is to choose a port."""
    is_tcp = ours.family in (socket.AF_INET, socket.AF_INET6) and ours.type == socket.SOCK_STREAM
    return is_tcp and isinstance(address, tuple) and len(address) > 1 and bool(address[1])


def _is_same(held: Spoken, ours: socket.socket, address: Address) -> bool:
    if (held.family, held.proto, held.address) != (ours.family, ours.proto, address):
        return False
    only = (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return ours.family != socket.AF_INET6 or _asked(held.descriptor, *only) == ours.getsockopt(*only)


def _asked(descriptor: int, level: int, option: int) -> int:
    with requests.borrowed(descriptor) as there:
        return there.getsockopt(level, option)


def _put(held: int, ours: socket.socket) -> None:
    """A held socket comes in the place of one that was made for it, with that one's number and ways."""
    options = [(*option, ours.getsockopt(*option)) for option in _OPTIONS]
    os.dup2(held, ours.fileno(), inheritable=ours.get_inheritable())
    os.close(held)
    ours.settimeout(ours.gettimeout())
    for option in options:
        ours.setsockopt(*option)


def _listens(spoken: Spoken) -> bool:
    return bool(_asked(spoken.descriptor, socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _widen(spoken: Spoken) -> None:
    """More may call while nobody answers than the server has thought of."""
    with requests.borrowed(spoken.descriptor) as there, contextlib.suppress(OSError):
        there.listen(QUEUE)


def _silence(spoken: Spoken) -> None:
    """Puts one in its place that listens where nobody calls: whoever waits for a call goes on waiting."""
    host = "127.0.0.1" if spoken.family == socket.AF_INET else "::1"
    with socket.socket(spoken.family, socket.SOCK_STREAM, spoken.proto) as nobody:
        nobody.bind((host, 0))
        nobody.listen(1)
        os.set_blocking(nobody.fileno(), os.get_blocking(spoken.descriptor))
        os.dup2(nobody.fileno(), spoken.descriptor, inheritable=os.get_inheritable(spoken.descriptor))


def _later(seconds: float, act: Any) -> None:
    def wait() -> None:
        time.sleep(seconds)
        act()

    threading.Thread(target=wait, name="reloadr-sockets", daemon=True).start()
