"""What `reloadr.web` costs a request that follows no save: requests a second of processor time, without it and with it.

    python benches/middleware.py [--modules 10 100 500] [--seconds 2]

Requests are made in this process, one after the other, so that nothing but the application and the middleware is in the
figure: a Flask application with one view (WSGI), and one of Starlette (ASGI). The process has so many modules of the
user's, each of a function, twenty to a folder. Turns without and with it alternate, and the median of each is told.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reloadr
import reloadr.web

#: Turns of each kind.
TURNS = 9


def by_wsgi() -> tuple[Any, Callable[[Any, float], float]]:
    """An application, and what measures it."""
    import flask
    from werkzeug.test import EnvironBuilder

    app = flask.Flask("shop")
    app.add_url_rule("/", view_func=lambda: "hello")
    environ = EnvironBuilder("/").get_environ()

    def rate(asked: Any, seconds: float) -> float:
        count, began = 0, time.process_time()
        while time.process_time() - began < seconds:
            b"".join(asked(dict(environ), lambda *_: None))
            count += 1
        return count / (time.process_time() - began)

    return app.wsgi_app, rate


def by_asgi() -> tuple[Any, Callable[[Any, float], float]]:
    """The same."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello)])
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        pass

    async def asking(asked: Any, seconds: float) -> float:
        count, began = 0, time.process_time()
        while time.process_time() - began < seconds:
            await asked(dict(scope), receive, send)
            count += 1
        return count / (time.process_time() - began)

    return app, lambda asked, seconds: asyncio.run(asking(asked, seconds))


def measure(modules: int, seconds: float) -> None:
    """Both interfaces, with so many modules of the user's."""
    folder = Path(tempfile.mkdtemp(prefix="reloadr-middleware-"))
    sys.path.insert(0, str(folder))
    names = [f"app{modules}_{number // 20}.part{number}" for number in range(modules)]
    for name in names:
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text('def word():\n    return "word"\n')
        importlib.import_module(name)
    watcher = reloadr.watch(*names, on="look")
    try:
        for kind, made in (("WSGI, Flask", by_wsgi()), ("ASGI, Starlette", by_asgi())):
            app, rate = made
            middleware = (reloadr.web.wsgi if "WSGI" in kind else reloadr.web.asgi)(app, watcher=watcher)
            rate(middleware, seconds / TURNS)
            turns = [(rate(app, seconds / TURNS), rate(middleware, seconds / TURNS)) for _ in range(TURNS)]
            plain, ours = (statistics.median(each) for each in zip(*turns, strict=True))
            more = (1 / ours - 1 / plain) * 1e6
            print(f"{kind}, {modules} modules: {plain:.0f} without it, {ours:.0f} with it: {more:.0f} µs more each")
    finally:
        watcher.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measures all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, nargs="*", default=[10, 100, 500])
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    for modules in options.modules:
        measure(modules, options.seconds)


if __name__ == "__main__":
    main()
