"""A Litestar project, and ordinary edits of it. No plug-in knows Litestar: it shows what the engine does by itself."""

from __future__ import annotations

from pathlib import Path

COMMAND = ["--", "uvicorn", "shop.app:app", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".txt"}
#: What of libraries a fresh process finds imported.
LIBRARIES = ["litestar.testing"]

FILES = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/counter.py": """
import os

from litestar import MediaType, get

COUNT = []


@get("/process", media_type=MediaType.TEXT, sync_to_thread=False)
def counted() -> str:
    COUNT.append(1)
    return f"{os.getpid()} {len(COUNT)}"
""",
    "shop/settings.py": "TITLE = 'shop'\nLIMIT = 10\n",
    "shop/models.py": """
from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: int = 1

    def label(self) -> str:
        return f"{self.name}: {self.price}"


def items() -> list[Item]:
    return [Item("a", 3), Item("b")]
""",
    "shop/deps.py": """
from litestar import Request


async def paging(page: int = 1, size: int = 5) -> dict[str, int]:
    return {"page": page, "size": size}


def user(request: Request) -> str:
    return request.query_params.get("user", "nobody")
""",
    "shop/handlers.py": """
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from shop import settings
from shop.deps import paging, user
from shop.models import Item, items


@get("/", sync_to_thread=False)
def index() -> str:
    return "index"


@get("/title", sync_to_thread=False)
def title() -> str:
    return settings.TITLE


@get("/paged", dependencies={"paging": Provide(paging)})
async def paged(paging: dict[str, int]) -> dict[str, int]:
    return paging


@get("/user", dependencies={"user": Provide(user, sync_to_thread=False)})
async def who(user: str) -> str:
    return f"user {user}"


@get("/fail")
async def fail() -> None:
    raise NotFoundException("not here")


@get("/problem")
async def problem() -> None:
    raise KeyError("thing")


class Items(Controller):
    path = "/items"
    word = "item"

    @get("/")
    async def listed(self) -> list[str]:
        return [each.label() for each in items()]

    @post("/")
    async def create(self, data: Item) -> Item:
        return data

    @get("/{name:str}")
    async def one(self, name: str) -> str:
        return f"{self.word} {name}"


def on_key_error(request: Request, error: Exception) -> Response[Any]:
    return Response({"missing": str(error)}, status_code=404)


async def stamp(response: Response[Any]) -> Response[Any]:
    response.headers["x-stamp"] = "stamp"
    return response
""",
    "shop/app.py": """
from litestar import Litestar, Router

from shop import handlers
from shop.counter import counted

api = Router("/api", route_handlers=[handlers.Items, handlers.paged, handlers.who])
app = Litestar(
    [counted, handlers.index, handlers.title, handlers.fail, handlers.problem, api],
    exception_handlers={KeyError: handlers.on_key_error},
    after_request=handlers.stamp,
    openapi_config=None,
)
""",
}
ASKED = [
    *("/", "/title", "/fail", "/problem", "/api/items", "/api/items/x", "/api/paged", "/api/paged?page=3", "/api/user"),
    *("/api/user?user=ann", "/nowhere", 'POST /api/items {"name": "n", "price": 2}', 'POST /api/items {"price": "x"}'),
]

H, A, M, D, S = "shop/handlers.py", "shop/app.py", "shop/models.py", "shop/deps.py", "shop/settings.py"
EDITS = [
    ("a handler's body", [(H, 'return "index"', 'return "INDEX"')], []),
    ("a setting", [(S, "'shop'", "'market'")], []),
    ("a dependency's body", [(D, '"page": page', '"page": page * 2')], []),
    ("a default of a dependency", [(D, "size: int = 5", "size: int = 6")], []),
    ("a parameter of a dependency", [(D, "size: int = 5)", "size: int = 5, more: int = 2)"), (D, '"size": size}', '"size": size, "more": more}')], []),
    ("a plain dependency's body", [(D, '"nobody"', '"anybody"')], []),
    ("a method of a model", [(M, 'f"{self.name}: {self.price}"', 'f"{self.name} for {self.price}"')], []),
    ("a function of the models", [(M, 'Item("b")]', 'Item("b"), Item("c")]')], []),
    ("a default of a model", [(M, "price: int = 1", "price: int = 4")], ['POST /api/items {"name": "n"}']),
    ("a field of a model", [(M, "    price: int = 1", "    price: int = 1\n    size: int = 7")], []),
    ("a controller's method", [(H, 'f"{self.word} {name}"', 'f"{self.word}: {name}"')], []),
    ("an attribute of a controller", [(H, 'word = "item"', 'word = "thing"')], []),
    ("the path of a controller", [(H, 'path = "/items"', 'path = "/things"')], ["/api/things"]),
    ("an exception handler's body", [(H, '{"missing": str(error)}', '{"none": str(error)}')], []),
    ("an error's text", [(H, '"not here"', '"not there"')], []),
    ("after_request", [(H, '"x-stamp"] = "stamp"', '"x-stamp"] = "mark"')], []),
    ("a handler's path", [(H, '@get("/title"', '@get("/name"')], ["/name"]),
    ("a new handler", [(H, '@get("/title"', '@get("/new", sync_to_thread=False)\ndef new() -> str:\n    return "new"\n\n\n@get("/title"'), (A, "handlers.title,", "handlers.title, handlers.new,")], ["/new"]),
    ("a query parameter", [(H, "def index() -> str:\n    return \"index\"", "def index(n: int = 1) -> str:\n    return str(n)")], ["/?n=3"]),
    ("a return annotation", [(H, "def index() -> str:\n    return \"index\"", 'def index() -> dict[str, int]:\n    return {"index": 1}')], []),
    ("the prefix of a router", [(A, 'Router("/api"', 'Router("/v1"')], ["/v1/items"]),
    ("a handler of other exceptions", [(A, "{KeyError: handlers.on_key_error}", "{LookupError: handlers.on_key_error}")], []),
    ("a controller gets a handler", [(H, '    @post("/")', '    @get("/count/all")\n    async def count(self) -> int:\n        return len(items())\n\n    @post("/")')], ["/api/items/count/all"]),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    from litestar.testing import TestClient
    from shop.app import app  # type: ignore[import-not-found]

    asking = TestClient(app, raise_server_exceptions=False)
    asking.__enter__()

    def ask(method, path, body, headers):  # type: ignore[no-untyped-def]
        got = asking.request(method, path, content=body, headers=headers, follow_redirects=False)
        return got.status_code, got.text, got.headers

    return ask
