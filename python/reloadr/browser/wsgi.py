"""Pages of WSGI applications, and the stream of events where it keeps nobody waiting."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any, Final

from reloadr.browser import listening
from reloadr.browser.listening import LOOK, SETTLE, Listener
from reloadr.browser.news import news
from reloadr.browser.pages import Asked, longer

__all__ = ["Pages", "answer"]

Environ = MutableMapping[str, Any]
Start = Callable[..., Any]

#: In the environment of a request that somebody minds already.
MARK: Final = "reloadr.browser"
#: What the standard library's servers call the threads that they make for each connection.
OWN_THREAD: Final = "(process_request_thread)"
#: How it is looked whether something came, and not waited for it; None where the system cannot.
_LOOKS: Final = socket.MSG_PEEK | socket.MSG_DONTWAIT if hasattr(socket, "MSG_DONTWAIT") else None


class Pages:
    """An application whose pages know of saves."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        return answer(self._app, environ, start_response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


def answer(app: Callable[..., Any], environ: Environ, start_response: Start) -> Iterable[bytes]:
    """The application's answer, or ours."""
    if MARK in environ:
        return app(environ, start_response)  # type: ignore[no-any-return]
    environ[MARK] = True
    name = listening.resource(environ.get("PATH_INFO", ""))
    if name == "page.js":
        return _script(start_response)
    if name:
        start_response("200 OK", listening.headers("text/event-stream"))
        holds = threading.current_thread().name.endswith(OWN_THREAD)
        return _stream(Listener(environ.get("QUERY_STRING", ""), holds=holds), _Caller(environ))
    headers = {key[5:].lower().replace("_", "-"): value for key, value in environ.items() if key.startswith("HTTP_")}
    asked = Asked.of(environ["REQUEST_METHOD"], environ.get("SCRIPT_NAME", ""), headers)
    if asked is None:
        return app(environ, start_response)  # type: ignore[no-any-return]
    return _Answer(app, environ, start_response, asked)


class _Answer:
    """What the application answers, and a line more if it is a page."""

    def __init__(self, app: Callable[..., Any], environ: Environ, start_response: Start, asked: Asked) -> None:
        self._asked = asked
        self._start_response = start_response
        self._addition = b""
        self._body = app(environ, self._start)
        self._parts: Iterator[bytes] = iter(self._body)

    def _start(self, status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        self._addition = self._asked.addition(int(status[:3]), headers)
        return self._start_response(status, longer(headers, len(self._addition)), *more)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            if not self._addition:
                raise
            addition, self._addition = self._addition, b""
            return addition

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _script(start_response: Start) -> Iterable[bytes]:
    length = ("Content-Length", str(len(listening.SCRIPT)))
    start_response("200 OK", [*listening.headers("text/javascript"), length])
    return [listening.SCRIPT]


class _Caller:
    """The other end of a connection, where the server lets us see it: it may hang up while nothing is sent."""

    def __init__(self, environ: Environ) -> None:
        body = environ.get("wsgi.input")
        self._descriptor: int | None = None
        # Django's is a wrapper that keeps a method of the file's.
        for each in (environ.get("werkzeug.socket"), body, getattr(getattr(body, "_read", None), "__self__", None)):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                if self._descriptor is None:
                    self._descriptor = each.fileno()  # type: ignore[union-attr]

    @property
    def is_gone(self) -> bool:
        if self._descriptor is None or _LOOKS is None:
            return False
        try:
            each = socket.socket(fileno=self._descriptor)
        except OSError:
            return False
        try:
            return each.recv(1, _LOOKS) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            each.detach()


def _stream(listener: Listener, caller: _Caller) -> Iterator[bytes]:
    yield listener.first()
    wake = threading.Event()
    with news.heard(wake.set):
        while not listener.is_over and not caller.is_gone:
            words = listener.words()
            if words:
                yield words
            if listener.message() is not None:
                time.sleep(SETTLE)
                yield listener.message() or b""
                return
            wake.wait(LOOK)
            wake.clear()
