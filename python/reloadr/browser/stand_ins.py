"""Under `reloadr run --browser`: the pages of all applications of a class that a plug-in names, as it is imported."""

from __future__ import annotations

import functools
from typing import Any

from reloadr import plugins
from reloadr.browser import aiohttp, asgi, wsgi
from reloadr.browser.news import news

__all__ = ["install"]


def install(*, anew: bool) -> None:
    """From now on. `anew`: the program begins with this process."""
    news.begin(anew=anew)
    plugins.host.pages = _stand_in


def _stand_in(cls: Any, interface: plugins.Interface) -> None:
    if interface == "aiohttp":
        handle = cls._handle

        @functools.wraps(handle)
        async def _handle(self: Any, request: Any) -> Any:
            return await aiohttp.answer(functools.partial(handle, self), request)

        cls._handle = _handle
        return
    plain = cls.__call__
    if interface == "wsgi":

        @functools.wraps(plain)
        def __call__(self: Any, environ: wsgi.Environ, start_response: wsgi.Start) -> Any:
            return wsgi.answer(functools.partial(plain, self), environ, start_response)

        cls.__call__ = __call__
    else:

        @functools.wraps(plain)
        async def __acall__(self: Any, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
            await asgi.answer(functools.partial(plain, self), scope, receive, send)

        cls.__call__ = __acall__
