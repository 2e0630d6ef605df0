"""What a client has open with a server while it is edited: each hot save leaves it as it was.

A project that says so (`OPEN`) answers at `/open/...`: `cart` counts in the session, `row` counts the rows of a table
in memory (a connection that the edited module has made), `events` is a stream, and `socket` a websocket that counts
what it was told (left out where `websockets` is not installed).
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

__all__ = ["Opened"]

#: How long is waited for what comes over an open connection, seconds.
PATIENCE = 10.0


class Opened:
    """One client."""

    def __init__(self, port: int, kinds: Sequence[str]) -> None:
        has_sockets = importlib.util.find_spec("websockets") is not None
        self._port, self._kinds = port, [each for each in kinds if each != "socket" or has_sockets]
        self._closing = contextlib.ExitStack()
        self._cookies: dict[str, str] = {}
        self._counts = dict.fromkeys(("cart", "row", "socket"), 0)
        self._events = _Events(port) if "events" in self._kinds else None
        self._socket = self._closing.enter_context(_socket(port)) if "socket" in self._kinds else None
        if lost := self.lost():
            raise AssertionError(f"before any edit: {lost}")

    def lost(self) -> list[str]:
        """What is not as it was."""
        return [each for each in self._kinds if not getattr(self, f"_{each}_stays")()]

    def close(self) -> None:
        """Hangs up."""
        if self._events is not None:
            self._events.close()
        self._closing.close()

    def _cart_stays(self) -> bool:
        return self._counts_on("cart", self._asked("/open/cart"))

    def _row_stays(self) -> bool:
        return self._counts_on("row", self._asked("/open/row"))

    def _events_stays(self) -> bool:
        assert self._events is not None
        return self._events.goes_on()

    def _socket_stays(self) -> bool:
        from websockets.exceptions import WebSocketException

        with contextlib.suppress(OSError, WebSocketException, TimeoutError):
            self._socket.send("told")
            return self._counts_on("socket", str(self._socket.recv(PATIENCE)).removeprefix("told "))
        return False

    def _counts_on(self, kind: str, answer: str) -> bool:
        self._counts[kind] += 1
        return answer == str(self._counts[kind])

    def _asked(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
            answer = connection.getresponse()
            for each in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = each.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()


def _socket(port: int) -> Any:
    from websockets.sync.client import connect

    return connect(f"ws://127.0.0.1:{port}/open/socket", open_timeout=PATIENCE, ping_interval=None, proxy=None)


class _Events:
    """What comes over a stream of events."""

    def __init__(self, port: int) -> None:
        self._count, self._ended = 0, False
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.request("GET", "/open/events")
        self._answer = self._connection.getresponse()
        self._line = self._connection.sock
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            while line := self._answer.readline():
                self._count += line.startswith(b"data:")
        self._ended = True

    def goes_on(self) -> bool:
        """Whether another event comes."""
        seen, end = self._count, time.monotonic() + PATIENCE
        while self._count == seen and not self._ended and time.monotonic() < end:
            time.sleep(0.01)
        return self._count > seen and not self._ended

    def close(self) -> None:
        """Whoever listens is told of the end."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        self._connection.close()
