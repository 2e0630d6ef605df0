"""Pages of ASGI applications, and the stream of events in the event loop that serves them."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from reloadr.browser import listening
from reloadr.browser.listening import LOOK, SETTLE, Listener
from reloadr.browser.news import news
from reloadr.browser.pages import Asked, Headers, longer
from reloadr.browser.wsgi import MARK

if TYPE_CHECKING:
    import asyncio

__all__ = ["Pages", "answer", "stream"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Pages:
    """An application whose pages know of saves."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self._app, scope, receive, send)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


async def answer(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """The application's answer, or ours."""
    if scope["type"] != "http" or MARK in scope:
        await app(scope, receive, send)
        return
    scope[MARK] = True
    root = scope.get("root_path", "")
    name = listening.resource(scope["path"], root)
    if name == "page.js":
        await _start(send, listening.headers("text/javascript"))
        await send({"type": "http.response.body", "body": listening.SCRIPT})
    elif name:
        await _start(send, listening.headers("text/event-stream"))
        await stream(scope, receive, send)
    else:
        given = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        asked = Asked.of(scope["method"], root, given)
        await app(scope, receive, send if asked is None else _Answer(asked, send))


async def _start(send: Send, headers: Headers, status: int = 200) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


class _Answer:
    """Sends what the application answers, and a line more if it is a page."""

    def __init__(self, asked: Asked, send: Send) -> None:
        self._asked = asked
        self._send = send
        #: The beginning of the answer, until it is known how the rest comes.
        self._begun: Any = None
        self._addition = b""

    async def __call__(self, message: Any) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]
            self._addition = self._asked.addition(message["status"], headers)
            if self._addition:
                self._begun = message, headers
                return
        elif self._begun is not None:
            message = await self._begin(message)
        elif self._addition and kind == "http.response.body" and not message.get("more_body", False):
            message = self._with_addition(message)
        await self._send(message)

    async def _begin(self, message: Any) -> Any:
        (begun, headers), self._begun = self._begun, None
        if message["type"] != "http.response.body":
            # The server sends a file by itself.
            self._addition = b""
            await self._send(begun)
            return message
        longer_ones = longer(headers, len(self._addition))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in longer_ones]
        await self._send({**begun, "headers": encoded})
        return message if message.get("more_body", False) else self._with_addition(message)

    def _with_addition(self, message: Any) -> Any:
        addition, self._addition = self._addition, b""
        return {**message, "body": bytes(message.get("body", b"")) + addition}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """What a page hears that listens, until it is gone or there is news."""
    # Slow to load, and there by now.
    import asyncio

    query = scope.get("query_string", b"").decode("latin-1")
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        # Another library's.
        await send({"type": "http.response.body", "body": Listener(query, holds=False).first()})
        return
    listener = Listener(query, holds=True)
    wake = asyncio.Event()
    gone = asyncio.ensure_future(_gone(receive))
    gone.add_done_callback(lambda _: wake.set())
    try:
        await send({"type": "http.response.body", "body": listener.first(), "more_body": True})
        with news.heard(lambda: loop.call_soon_threadsafe(wake.set)):
            await _listen(listener, gone, wake, send)
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await gone


async def _listen(listener: Listener, gone: asyncio.Future[None], wake: asyncio.Event, send: Send) -> None:
    import asyncio

    while not listener.is_over and not gone.done():
        words = listener.words()
        if words:
            await send({"type": "http.response.body", "body": words, "more_body": True})
        if listener.message() is not None:
            await asyncio.sleep(SETTLE)
            message = listener.message() or b""
            await send({"type": "http.response.body", "body": message, "more_body": True})
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), LOOK)
        wake.clear()
