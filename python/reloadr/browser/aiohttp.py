"""Pages of aiohttp's applications, which are neither WSGI nor ASGI, and the stream of events in their event loop."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from reloadr.browser import asgi, listening
from reloadr.browser.listening import LOOK
from reloadr.browser.pages import Asked, longer

if TYPE_CHECKING:
    from aiohttp.web import Request, StreamResponse

__all__ = ["answer"]

Handle = Callable[["Request"], Awaitable["StreamResponse"]]


async def answer(handle: Handle, request: Request) -> StreamResponse:
    """The application's answer, or ours."""
    name = listening.resource(request.path)
    if name == "page.js":
        script: StreamResponse = _response("text/javascript", listening.SCRIPT)
        return script
    if name:
        return await _stream(request)
    asked = Asked.of(request.method, "", {key.lower(): value for key, value in request.headers.items()})
    if asked is not None:
        _Page(asked, request.writer)
    return await handle(request)


class _Page:
    """A line more at the end of what is written, if it is a page. The response writes when the application is done."""

    def __init__(self, asked: Asked, writer: Any) -> None:
        self._asked = asked
        self._writer = writer
        self._addition = b""
        self._headers, self._end = writer.write_headers, writer.write_eof
        writer.write_headers, writer.write_eof = self.write_headers, self.write_eof

    async def write_headers(self, status_line: str, headers: Any) -> None:
        self._addition = self._asked.addition(int(status_line.split(" ", 2)[1]), headers.items())
        if self._addition and self._writer.length is not None:
            self._writer.length += len(self._addition)
        headers = type(headers)(longer(headers.items(), len(self._addition)))
        await self._headers(status_line, headers)

    async def write_eof(self, chunk: bytes = b"") -> None:
        addition, self._addition = self._addition, b""
        await self._end(bytes(chunk) + addition if addition else chunk)


def _response(kind: str, body: bytes | None) -> Any:
    # It is there, for it has called us; and nobody else needs it.
    from aiohttp import web

    headers = dict(listening.headers(kind))
    return web.StreamResponse(headers=headers) if body is None else web.Response(body=body, headers=headers)


async def _stream(request: Request) -> StreamResponse:
    import asyncio

    response: StreamResponse = _response("text/event-stream", None)
    await response.prepare(request)

    async def receive() -> Any:
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(LOOK)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await response.write(message["body"])

    # Who listened is gone.
    with contextlib.suppress(ConnectionError):
        await asgi.stream({"query_string": request.query_string.encode()}, receive, send)
        await response.write_eof()
    return response
