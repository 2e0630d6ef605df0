"""An aiohttp project, and ordinary edits of it. No plug-in knows aiohttp: it shows what the engine does by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

COMMAND = ["serve.py", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".txt"}
#: What of libraries a fresh process finds imported.
LIBRARIES = ["aiohttp.test_utils", "aiohttp.web"]

FILES = {
    "pyproject.toml": "",
    "serve.py": """
import sys

from aiohttp import web

from shop.app import app

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
""",
    "shop/__init__.py": "",
    "shop/counter.py": """
import os

from aiohttp import web

COUNT = []


async def counted(request):
    COUNT.append(1)
    return web.Response(text=f"{os.getpid()} {len(COUNT)}")
""",
    "shop/settings.py": "TITLE = 'shop'\nLIMIT = 10\nKEYS = {'open': 'ann'}\n",
    "shop/models.py": """
import dataclasses


@dataclasses.dataclass
class Item:
    name: str
    price: int = 1

    def label(self):
        return f"{self.name}: {self.price}"


ITEMS = [Item("a", 3), Item("b")]
""",
    "shop/middleware.py": """
from aiohttp import web


@web.middleware
async def stamped(request, handler):
    response = await handler(request)
    response.headers["x-stamp"] = "stamp"
    return response


@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except KeyError as error:
        return web.json_response({"missing": error.args[0]}, status=404)
""",
    "shop/views.py": """
import json

from aiohttp import web

from shop import settings
from shop.models import ITEMS

routes = web.RouteTableDef()


@routes.get("/")
async def index(request):
    return web.Response(text="index")


@routes.get("/title")
async def title(request):
    return web.Response(text=settings.TITLE)


@routes.get("/items")
async def items(request):
    return web.json_response([each.label() for each in ITEMS], dumps=dumps)


@routes.get("/items/{name}", name="item")
async def item(request):
    return web.Response(text=f"item {request.match_info['name']}")


@routes.get("/links")
async def links(request):
    return web.Response(text=str(request.app.router["item"].url_for(name="x")))


@routes.get("/missing")
async def missing(request):
    raise KeyError("thing")


@routes.view("/things")
class Things(web.View):
    word = "things"

    async def get(self):
        return web.Response(text=self.word)

    async def post(self):
        data = await self.request.json()
        return web.json_response(check(data))


def check(data, most=settings.LIMIT):
    return {"ok": data.get("n", 0) <= most}


def dumps(value):
    return json.dumps(value, indent=None)


@routes.get("/user")
async def user(request):
    return web.Response(text=settings.KEYS.get(request.query.get("key"), "nobody"))


@routes.get("/state")
async def state(request):
    return web.Response(text=request.app["state"])
""",
    "shop/app.py": """
from aiohttp import web

from shop.counter import counted
from shop.middleware import errors, stamped
from shop.views import routes

app = web.Application(middlewares=[stamped, errors])
app["state"] = "fresh"
app.add_routes(routes)
app.router.add_get("/process", counted)


async def prepared(request, response):
    response.headers["x-prepared"] = "yes"


app.on_response_prepare.append(prepared)
""",
}
ASKED = [
    *("/", "/title", "/items", "/items/x", "/links", "/missing", "/things", 'POST /things {"n": 5}', "/user"),
    *("/user?key=open", "/state", "/nowhere", 'POST /things {"n": 50}'),
]

V, A, M, S, W = "shop/views.py", "shop/app.py", "shop/models.py", "shop/settings.py", "shop/middleware.py"
EDITS = [
    ("a handler's body", [(V, 'text="index"', 'text="INDEX"')], []),
    ("a setting", [(S, "'shop'", "'market'")], []),
    ("a setting that a default has read", [(S, "LIMIT = 10", "LIMIT = 3")], []),
    ("a dictionary of settings", [(S, "'open': 'ann'", "'open': 'bea'")], []),
    ("a function that a handler calls", [(V, "<= most", "< most")], []),
    ("a function that is handed on", [(V, "indent=None", "indent=1")], []),
    ("a method of a model", [(M, 'f"{self.name}: {self.price}"', 'f"{self.name} for {self.price}"')], []),
    ("a default of a model", [(M, "price: int = 1", "price: int = 2")], []),
    ("a field of a model", [(M, "    price: int = 1", "    price: int = 1\n    size: int = 7"), (M, "{self.price}", "{self.price} {self.size}")], []),
    ("a method of a class of views", [(V, "text=self.word", "text=self.word.upper()")], []),
    ("an attribute of a class of views", [(V, 'word = "things"', 'word = "stuff"')], []),
    ("a class of views gets a method", [(V, "    async def post(self)", "    async def put(self):\n        return web.Response(text='put')\n\n    async def post(self)")], ["PUT /things"]),
    ("a middleware's body", [(W, '"stamp"', '"mark"')], []),
    ("what a middleware catches", [(W, '{"missing": error.args[0]}, status=404', '{"none": error.args[0]}, status=410')], []),
    ("a signal's handler", [(A, '"yes"', '"indeed"')], []),
    ("a new handler", [(V, '@routes.get("/title")', '@routes.get("/new")\nasync def new(request):\n    return web.Response(text="new")\n\n\n@routes.get("/title")')], ["/new"]),
    ("a path changes", [(V, '"/title"', '"/name"')], ["/name"]),
    ("a handler is removed", [(V, '@routes.get("/title")\nasync def title(request):\n    return web.Response(text=settings.TITLE)\n\n\n', "")], []),
    ("a route by call", [(A, 'app.router.add_get("/process", counted)', 'app.router.add_get("/process", counted)\napp.router.add_get("/again", routes[0].handler)')], ["/again"]),
    ("the order of middlewares", [(A, "[stamped, errors]", "[errors, stamped]")], []),
    ("what the application keeps", [(A, 'app["state"] = "fresh"', 'app["state"] = "new"')], []),
    ("a new module that a handler uses", [("shop/tools.py", None, "def loud(text):\n    return text.upper()\n"), (V, "from shop import settings", "from shop import settings, tools"), (V, "text=settings.TITLE", "text=tools.loud(settings.TITLE)")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    from aiohttp.test_utils import TestClient, TestServer
    from shop.app import app  # type: ignore[import-not-found]

    loop = asyncio.new_event_loop()
    asking = TestClient(TestServer(app, loop=loop), loop=loop)  # type: ignore[call-arg]
    loop.run_until_complete(asking.start_server())

    async def answered(method, path, body, headers):  # type: ignore[no-untyped-def]
        got = await asking.request(method, path, data=body, headers=headers, allow_redirects=False)
        return got.status, await got.text(), got.headers

    return lambda *asked: loop.run_until_complete(answered(*asked))
