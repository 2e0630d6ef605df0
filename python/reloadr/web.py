"""`reloadr.web`: middleware for any WSGI or ASGI application: what is on disk is live before a request is handled.

    app.wsgi_app = reloadr.web.wsgi(app.wsgi_app)          # Flask
    application = reloadr.web.wsgi(get_wsgi_application())  # Django
    app.add_middleware(reloadr.web.asgi)                   # FastAPI, Starlette

Where the new source is wrong, a browser is shown the error; whoever else asks is answered by the old code, under the
header `X-Reloadr`. A browser that sends `X-Reloadr: old` is answered by the old code as well.

With `browser=True`, open pages are loaded again when what they show may have changed.
"""

from __future__ import annotations

import html
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any, Final

import reloadr
from reloadr.browser import asgi as asgi_pages
from reloadr.browser import wsgi as wsgi_pages
from reloadr.browser.folders import folders
from reloadr.browser.news import news
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.watching.watcher import Watcher

__all__ = ["HEADER", "asgi", "wsgi"]

HEADER: Final = "X-Reloadr"

_OURS: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SYNTAX: Final = re.compile(r"(?m)^(SyntaxError|IndentationError|TabError)\b")

_PAGE = """<!doctype html>
<html lang="en" data-reloadr="error"><meta charset="utf-8"><title>{title}</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 60rem; padding: 0 1rem;
    color: #24292f; background: #fff; }}
  h1 {{ font-size: 1.25rem; color: #b3151f; }}
  pre {{ background: #fff1f0; border-left: 3px solid #b3151f; padding: 0.75rem 1rem; overflow-x: auto; }}
  @media (prefers-color-scheme: dark) {{ body {{ color: #d6dce3; background: #1c2128; }}
    h1 {{ color: #ff8f88; }} pre {{ background: #351b1d; }} }}
</style>
<h1>{title}</h1>
<pre>{text}</pre>
<p>Nothing of this save is live: the old code serves on. Save the mended file and load the page again.</p>
</html>
"""

#: Whether pages are loaded again; with folders of templates and static files that nobody knows of.
Browser = bool | Iterable[str]
Environ = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class _Disk:
    """What is on disk, looked at before each request: a stat for each module that is watched."""

    def __init__(self, targets: Iterable[Any], watcher: Watcher | None, browser: Browser, wait: float) -> None:
        if wait and (browser or (watcher is not None and watcher.on != "look")):
            raise ValueError("wait=... wants that nothing is live but before a request: no browser, and no watcher "
                             'but one with on="look"')  # fmt: skip
        self._watcher = watcher or reloadr.watch(*targets, on="save" if browser else "look")
        self.wait = wait
        #: How many requests are being answered, where somebody waits for them.
        self._count = 0
        self._changed = threading.Condition()
        self._failed: Report | None = None
        # One that is told of saves may have tried this one before it is asked.
        self._watcher.on_report(self._heard)
        if browser:
            self._shown(() if browser is True else browser)

    def _shown(self, named: Iterable[str]) -> None:
        if self._watcher.on == "look":
            raise ValueError('browser=... wants a watcher that is told of saves, which one with on="look" is not')
        self._watcher.on_report(news.told)
        news.begin()
        for each in named:
            folders.add(each)

    def look(self) -> Report | None:
        """Has what was saved become live; the report where it is wrong."""
        self._heard(self._watcher.poll())
        if self._failed is not None and not reloadr.status().errors:
            self._failed = None
        return self._failed

    def enter(self) -> Report | None:
        """The same, once all requests of before are answered: in a thread that begins to answer one."""
        with self._changed:
            if self._count and self._watcher.is_behind():
                self._changed.wait_for(lambda: not self._count, self.wait)
            self._count += 1
            return self.look()

    async def enter_async(self) -> Report | None:
        """The same in an event loop."""
        # There by now, and slow to load for others.
        import asyncio

        end = time.monotonic() + self.wait
        while self._count and self._watcher.is_behind() and time.monotonic() < end:
            await asyncio.sleep(0.005)
        self._count += 1
        return self.look()

    def leave(self) -> None:
        """A request is answered."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def _heard(self, report: Report) -> None:
        if report.rejected:
            self._failed = report


def _error(report: Report) -> Reason:
    return next(reason for reason in report.reasons if reason.verdict == "rejected")


def _note(report: Report) -> str:
    """What the header says."""
    error = _error(report)
    return f"rejected {error.path}:{error.line}".encode("ascii", "backslashreplace").decode()


def _page(report: Report) -> bytes:
    error = _error(report)
    title = f"{error.path}, line {error.line}: {error.message}"
    text = _readable(report.traceback) or str(report)
    return _PAGE.format(title=html.escape(title), text=html.escape(text.strip("\n"))).encode()


def _readable(traceback: str) -> str:
    """A traceback without our own frames; of an error of syntax only the place."""
    head, *frames = re.split('(?m)^(?=  File ")', traceback)
    last = frames[-1:]
    if last and _SYNTAX.search(last[0]):
        return last[0]
    return head + "".join(each for each in frames if each in last or not each.startswith(f'  File "{_OURS}'))


def _is_navigation(method: str, accept: str, given: str) -> bool:
    """Whether somebody loads a page, and did not ask for the old code."""
    return method == "GET" and "text/html" in accept and given.lower() != "old"


class _Wsgi:
    def __init__(self, app: Any, disk: _Disk) -> None:
        self._app = app
        self._disk = disk

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not self._disk.wait:
            return self._answer(self._disk.look(), environ, start_response)
        failed = self._disk.enter()
        try:
            return _Leaving(self._answer(failed, environ, start_response), self._disk)
        except BaseException:
            self._disk.leave()
            raise

    def _answer(self, failed: Report | None, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if failed is None:
            answered: Iterable[bytes] = self._app(environ, start_response)
            return answered
        note = (HEADER, _note(failed))
        given = environ.get("HTTP_X_RELOADR", "")
        if _is_navigation(environ["REQUEST_METHOD"], environ.get("HTTP_ACCEPT", ""), given):
            page = _page(failed)
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page))), note]
            start_response("500 Internal Server Error", headers)
            return [page]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, note], *more)

        noted: Iterable[bytes] = self._app(environ, start)
        return noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


class _Leaving:
    """An answer that is over when the server closes it."""

    def __init__(self, body: Iterable[bytes], disk: _Disk) -> None:
        self._body = body
        self._disk: _Disk | None = disk

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        disk, self._disk = self._disk, None
        try:
            getattr(self._body, "close", bool)()
        finally:
            if disk is not None:
                disk.leave()


class _Asgi:
    def __init__(self, app: Any, disk: _Disk) -> None:
        self._app = app
        self._disk = disk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._disk.wait or scope["type"] != "http":
            failed = self._disk.look() if scope["type"] in ("http", "websocket") else None
            await self._answer(failed, scope, receive, send)
            return
        failed = await self._disk.enter_async()
        try:
            await self._answer(failed, scope, receive, send)
        finally:
            self._disk.leave()

    async def _answer(self, failed: Report | None, scope: Scope, receive: Receive, send: Send) -> None:
        if failed is None or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note = (HEADER.lower().encode(), _note(failed).encode())
        given = dict(_texts(scope["headers"]))
        if _is_navigation(scope["method"], given.get("accept", ""), given.get("x-reloadr", "")):
            page = _page(failed)
            headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(page)), note]
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": page})
            return

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), note]}
            await send(message)

        await self._app(scope, receive, sending)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield name.decode("latin-1").lower(), value.decode("latin-1")


def wsgi(app: Any, *targets: Any, watcher: Watcher | None = None, browser: Browser = False, wait: float = 0.0) -> Any:
    """Has what is on disk be live before each request to a WSGI application.

    `targets` are what `reloadr.watch` takes, nothing for all of the user's own code; or give a watcher of your own.
    `browser`: has open pages loaded again when what they show may have changed; give folders of templates and static
    files where their framework is not known. `wait`: a request that follows a save waits until those of before are
    answered, for so many seconds at most. Raises ValueError for what does not go together.
    """
    served = _Wsgi(app, _Disk(targets, watcher, browser, wait))
    return wsgi_pages.Pages(served) if browser else served


def asgi(app: Any, *targets: Any, watcher: Watcher | None = None, browser: Browser = False, wait: float = 0.0) -> Any:
    """The same for an ASGI application: requests, and the beginnings of websockets."""
    served = _Asgi(app, _Disk(targets, watcher, browser, wait))
    return asgi_pages.Pages(served) if browser else served
