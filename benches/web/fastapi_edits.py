"""A FastAPI project, and edits of it: routers, dependencies, models, middleware, handlers, sub-applications, settings."""

from __future__ import annotations

import warnings
from pathlib import Path

COMMAND = ["--", "uvicorn", "store:app", "--reload", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".txt"}
#: What a client has open at `/open/...` (`benches/web_opened.py`).
OPEN = ("cart", "row", "events", "socket")
#: What of libraries a fresh process finds imported.
LIBRARIES = ["fastapi.security", "fastapi.staticfiles", "fastapi.testclient", "pydantic", "starlette.middleware.base"]

FILES = {
    "pyproject.toml": "",
    "counter.py": """
import os

COUNT = []


def counted():
    COUNT.append(1)
    return f"{os.getpid()} {len(COUNT)}"
""",
    "opened.py": """
import asyncio
import itertools

from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse

import items

router = APIRouter(prefix="/open", default_response_class=PlainTextResponse)
carts = {}


@router.get("/cart")
def cart(request: Request):
    key = request.cookies.get("cart", str(len(carts)))
    carts[key] = carts.get(key, 0) + 1
    answer = PlainTextResponse(str(carts[key]))
    answer.set_cookie("cart", key)
    return answer


@router.get("/row")
def row():
    items.DATABASE.execute("insert into asked values (1)")
    return str(items.DATABASE.execute("select count(*) from asked").fetchone()[0])


@router.get("/events")
async def events():
    async def numbers():
        for number in itertools.count():
            yield f"data: {number}\\n\\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(numbers(), media_type="text/event-stream")


@router.websocket("/socket")
async def socket(websocket: WebSocket):
    await websocket.accept()
    for number in itertools.count(1):
        text = await websocket.receive_text()
        await websocket.send_text(f"{text} {number}")
""",
    "conf.py": """
import functools

from pydantic import BaseModel


class Settings(BaseModel):
    title: str = "shop"
    limit: int = 10


settings = Settings()


@functools.cache
def get_settings():
    return Settings(title="cached")
""",
    "deps.py": """
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Query

from conf import Settings, get_settings


def page(n: int = 1, size: int = Query(default=5, le=100)):
    return {"n": n, "size": size}


def token(x_token: str = Header(default="none")):
    return x_token


def user(token: str = Depends(token)):
    return f"user {token}"


def opened(key: str = "open"):
    if key != "open":
        raise HTTPException(403, "closed")


def resource():
    yield "resource"


class Filter:
    def __init__(self, q: str = "q", deep: bool = False):
        self.q = q
        self.deep = deep


Page = Annotated[dict, Depends(page)]
User = Annotated[str, Depends(user)]
Conf = Annotated[Settings, Depends(get_settings)]
""",
    "models.py": """
import enum

from pydantic import BaseModel, Field, field_validator


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(BaseModel):
    width: int = 1


class Item(BaseModel):
    name: str
    price: float = Field(default=1, ge=0)
    colour: Colour = Colour.RED
    size: Size = Size()

    @field_validator("name")
    @classmethod
    def trimmed(cls, value):
        return value.strip()

    def label(self):
        return f"{self.name}: {self.price}"


class Special(Item):
    extra: str = "extra"


class Problem(Exception):
    pass


class Stock(BaseModel):
    count: int = 1


STOCK = [Stock(count=3), Stock()]


def items():
    return [Item(name="a", price=3), Item(name="b")]
""",
    "items.py": """
import sqlite3

from fastapi import APIRouter, Depends, Request, status

import models
from deps import Conf, Filter, Page, User, opened, resource
from models import STOCK, Item, Problem, Special, items

DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
DATABASE.execute("create table asked (number)")
router = APIRouter(tags=["items"])
nested = APIRouter()


@router.get("/")
def listed(page: Page):
    return page


@router.get("/first", response_model=Item)
def first():
    return items()[0]


@router.get("/labels")
def labels():
    return [each.label() for each in items()]


@router.post("/", status_code=status.HTTP_201_CREATED)
def create(item: Item) -> Item:
    return item


@router.post("/special")
def special(item: Special):
    return item.extra


@router.get("/stock")
def stock():
    return STOCK


@router.get("/who")
async def who(user: User):
    return user


@router.get("/conf")
def conf(conf: Conf):
    return conf.title


@router.get("/filter")
def filtered(found: Filter = Depends()):
    return [found.q, found.deep]


@router.get("/guarded", dependencies=[Depends(opened)])
def guarded():
    return "guarded"


@router.get("/resource")
def held(held: str = Depends(resource)):
    return held


@router.get("/problem")
def problem():
    raise Problem("a problem")


@router.get("/url")
def url(request: Request):
    return str(request.url_for("one", name="x").path)


@router.get("/colour/{colour}")
def colour(colour: models.Colour):
    return colour.value


@nested.get("/deep")
def deep():
    return "deep"


router.include_router(nested, prefix="/nested")


@router.get("/{name}")
def one(name: str):
    return f"item {name}"
""",
    "users.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/users")


@router.get("/me")
def me():
    return "me"


@router.get("/{name}")
def user(name: str):
    return f"user {name}"
""",
    "admin.py": """
from fastapi import FastAPI

admin = FastAPI(title="admin")


@admin.get("/home")
def home():
    return "admin home"


@admin.exception_handler(ZeroDivisionError)
def zero(request, error):
    from fastapi.responses import JSONResponse

    return JSONResponse("zero", 418)


@admin.get("/zero")
def divide():
    return 1 / 0
""",
    "middle.py": """
class Stamp:
    word = "stamp"

    def __init__(self, app, more=""):
        self.app = app
        self.more = more

    async def __call__(self, scope, receive, send):
        async def sending(message):
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-stamp", (self.word + self.more).encode()))
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)
""",
    "store.py": """
import contextlib

from fastapi import BackgroundTasks, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

import items
import opened
import users
from admin import admin
from conf import settings
from counter import counted
from middle import Stamp
from models import Problem

state = {}


@contextlib.asynccontextmanager
async def lifespan(app):
    state["started"] = "started"
    yield
    state.clear()


app = FastAPI(title="store", lifespan=lifespan)
app.add_middleware(Stamp, more="!")


@app.middleware("http")
async def timed(request: Request, call_next):
    response = await call_next(request)
    response.headers["x-timed"] = "timed"
    return response


@app.exception_handler(Problem)
def handle(request, error):
    return JSONResponse({"error": str(error)}, 409)


@app.get("/process", response_class=PlainTextResponse)
def process():
    return counted()


@app.get("/")
def index():
    return "index"


@app.get("/title")
def title(word: str = settings.title):
    return word


@app.get("/state")
def started():
    return state


@app.get("/page", response_class=HTMLResponse)
def page():
    return "<p>page</p>"


@app.get("/old", deprecated=True, include_in_schema=True)
def old(response: Response):
    response.headers["x-stamp"] = "old"
    return "old"


def work():
    pass


@app.get("/background")
def background(tasks: BackgroundTasks):
    tasks.add_task(work)
    return "queued"


def added():
    return "added"


app.add_api_route("/added", added)
app.include_router(items.router, prefix="/items")
app.include_router(users.router)
app.mount("/admin", admin)
app.include_router(opened.router)


@app.websocket("/socket")
async def socket(websocket):
    await websocket.accept()
""",
}

ITEM = 'POST /items/ {"name": " x ", "price": 2}'
ASKED = [
    *("/", "/title", "/state", "/page", "/old", "/background", "/added", "/nowhere", "/openapi.json", "/admin/home"),
    *(
        "/items/",
        "/items/?n=2&size=7",
        "/items/first",
        "/items/labels",
        "/items/stock",
        ITEM,
        'POST /items/special {"name": "s"}',
    ),
    *("/items/who", "/items/conf", "/items/filter?q=z", "/items/guarded", "/items/guarded?key=no", "/items/resource"),
    *("/items/problem", "/items/url", "/items/colour/red", "/items/colour/green", "/items/nested/deep", "/items/x"),
    *("/users/me", "/users/ann", "/admin/zero", "/admin/openapi.json", "POST /items/ {}", "POST /"),
]

S, I, U, D, M, A = "store.py", "items.py", "users.py", "deps.py", "models.py", "admin.py"
NEW = '@router.get("/new")\ndef new():\n    return "new"\n\n\n'
#: Edits that start the server again, which docs/web.md tells of.
RESTARTED = {
    "a default of a setting",
    "a field of a model that a module has made instances of",
    "a setting is added",
    "the body of lifespan",
    "the title of the application",
}
EDITS = [
    ("a handler's body", [(S, 'return "index"', 'return "INDEX"')], []),
    ("a new route before a catch-all", [(I, '@router.get("/{name}")', NEW + '@router.get("/{name}")')], ["/items/new"]),
    ("a new route of the application", [(S, '@app.get("/title")', '@app.get("/fresh")\ndef fresh():\n    return "fresh"\n\n\n@app.get("/title")')], ["/fresh"]),
    ("a route is removed", [(I, '@router.get("/labels")\ndef labels():\n    return [each.label() for each in items()]\n\n\n', "")], []),
    ("a path changes", [(I, '"/labels"', '"/names"')], ["/items/names"]),
    ("get becomes post", [(S, '@app.get("/")', '@app.post("/")')], []),
    ("a handler is renamed", [(I, "def labels", "def names")], []),
    ("a handler is renamed that others link to", [(I, "def one(", "def single("), (I, 'url_for("one"', 'url_for("single"')], []),
    ("a path gets a name", [(I, '"/{name}")', '"/{name}", name="thing")'), (I, 'url_for("one"', 'url_for("thing"')], []),
    ("two routes change places", [(U, '@router.get("/me")\ndef me():\n    return "me"\n\n\n', ""), (U, '    return f"user {name}"\n', '    return f"user {name}"\n\n\n@router.get("/me")\ndef me():\n    return "me"\n')], []),
    ("a handler becomes async", [(I, "def labels", "async def labels")], []),
    ("an async handler becomes plain", [(I, "async def who", "def who")], []),
    ("a query parameter", [(S, "def index():", "def index(q: int = 1):"), (S, 'return "index"', "return q")], ["/?q=3", "/?q=x"]),
    ("a default", [(I, "def listed(page: Page):\n    return page", "def listed(page: Page, more: str = 'more'):\n    return [page, more]")], []),
    ("a path parameter's type", [(I, "def one(name: str)", "def one(name: int)")], ["/items/3"]),
    ("a docstring", [(S, 'def index():\n', 'def index():\n    """The start."""\n')], []),
    ("a summary", [(S, '@app.get("/")', '@app.get("/", summary="Start")')], []),
    ("a status code", [(I, "HTTP_201_CREATED", "HTTP_202_ACCEPTED")], []),
    ("a response model is added", [(I, '@router.get("/labels")', '@router.get("/labels", response_model=list[str])')], []),
    ("a response model is taken away", [(I, ', response_model=Item', "")], []),
    ("a response model of another class", [(I, 'response_model=Item', "response_model=Special")], []),
    ("a return annotation", [(I, "def create(item: Item) -> Item:", "def create(item: Item) -> Special:"), (I, "    return item\n", "    return Special(**item.model_dump())\n")], []),
    ("a response class", [(S, "response_class=HTMLResponse", "response_class=PlainTextResponse")], []),
    ("tags of a route", [(S, '@app.get("/title")', '@app.get("/title", tags=["words"])')], []),
    ("a route is no more in the schema", [(S, "include_in_schema=True", "include_in_schema=False")], []),
    ("a default of a dependency", [(D, "n: int = 1", "n: int = 3")], []),
    ("a Query of a dependency", [(D, "default=5, le=100", "default=6, le=6")], []),
    ("a parameter of a dependency", [(D, "def page(n: int = 1,", "def page(n: int = 1, more: str = 'm',"), (D, '"size": size}', '"size": size, "more": more}')], []),
    ("a dependency of a dependency", [(D, 'default="none"', 'default="nobody"')], []),
    ("a dependency gets another", [(D, "def page(n: int = 1,", "def page(who: str = Depends(user), n: int = 1,"), (D, '"size": size}', '"size": size, "who": who}'), (D, "Depends(user), n: int", "Depends(lambda: 'anybody'), n: int")], []),
    ("a dependency's body", [(D, 'f"user {token}"', 'f"known {token}"')], []),
    ("an alias of another dependency", [(D, "User = Annotated[str, Depends(user)]", "User = Annotated[str, Depends(token)]")], []),
    ("a class as dependency", [(D, 'q: str = "q", deep: bool = False', 'q: str = "q", deep: bool = True')], []),
    ("a guard is added to a route", [(I, '@router.get("/labels")', '@router.get("/labels", dependencies=[Depends(opened)])')], ["/items/labels?key=no"]),
    ("a guard is taken away", [(I, ', dependencies=[Depends(opened)]', "")], []),
    ("a guard's body", [(D, 'key != "open"', 'key != "opened"')], ["/items/guarded?key=opened"]),
    ("a dependency with yield", [(D, 'yield "resource"', 'yield "another"')], []),
    ("a dependency becomes one with yield", [(D, '    return f"user {token}"', '    yield f"user {token}"')], []),
    ("a dependency becomes async", [(D, "def page(", "async def page(")], []),
    ("a field is added", [(M, '    price: float', '    weight: int = 7\n    price: float')], []),
    ("a field is removed", [(M, "    colour: Colour = Colour.RED\n", "")], []),
    ("a field's default", [(M, "default=1, ge=0", "default=2, ge=0")], []),
    ("a field's bound", [(M, "default=1, ge=0", "default=1, ge=3")], []),
    ("a field's type", [(M, "price: float = Field(default=1, ge=0)", "price: int = Field(default=1, ge=0)")], []),
    ("a required field", [(M, 'extra: str = "extra"', "extra: str")], []),
    ("a field of a model within", [(M, "width: int = 1", "width: int = 2\n    height: int = 3")], []),
    ("a validator's body", [(M, "return value.strip()", "return value.strip().upper()")], []),
    ("a validator is added", [(M, "    def label(self)", '    @field_validator("price")\n    @classmethod\n    def doubled(cls, value):\n        return value * 2\n\n    def label(self)')], []),
    ("a validator is removed", [(M, '    @field_validator("name")\n    @classmethod\n    def trimmed(cls, value):\n        return value.strip()\n\n', "")], []),
    ("a method of a model", [(M, 'f"{self.name}: {self.price}"', 'f"{self.name} for {self.price}"')], []),
    ("a member of an enum", [(M, '    BLUE = "blue"', '    BLUE = "blue"\n    GREEN = "green"')], []),
    ("a value of an enum", [(M, '    BLUE = "blue"', '    BLUE = "navy"')], ["/items/colour/navy"]),
    ("a new model and its route", [(M, "class Special(", "class Part(BaseModel):\n    number: int = 1\n\n\nclass Special("), (I, "import STOCK, Item, Problem", "import STOCK, Item, Part, Problem"), (I, '@router.get("/{name}")', '@router.post("/part")\ndef part(part: Part) -> Part:\n    return part\n\n\n@router.get("/{name}")')], ["POST /items/part {}"]),
    ("a list of models", [(M, "Stock()]", "Stock(), Stock(count=9)]")], []),
    ("a field of a model that a module has made instances of", [(M, "count: int = 1", "count: int = 2\n    place: str = 'here'")], []),
    ("an exception handler's body", [(S, '{"error": str(error)}, 409', '{"failed": str(error)}, 400')], []),
    ("an exception handler is removed", [(S, '@app.exception_handler(Problem)\ndef handle(request, error):\n    return JSONResponse({"error": str(error)}, 409)\n\n\n', "")], []),
    ("an exception handler is added", [(S, "@app.exception_handler(Problem)", '@app.exception_handler(404)\ndef none(request, error):\n    return JSONResponse("none", 404)\n\n\n@app.exception_handler(Problem)')], []),
    ("an exception handler for another class", [(S, "@app.exception_handler(Problem)", "@app.exception_handler(KeyError)"), (I, 'raise Problem("a problem")', 'raise KeyError("key")')], []),
    ("an exception handler of a sub-application", [(A, 'JSONResponse("zero", 418)', 'JSONResponse("zero", 419)')], []),
    ("a middleware's body", [("middle.py", "self.word + self.more", "self.more + self.word")], []),
    ("a class attribute of a middleware", [("middle.py", 'word = "stamp"', 'word = "mark"')], []),
    ("a middleware's __init__", [("middle.py", "self.more = more", "self.more = more * 2")], []),
    ("a function of middleware", [(S, '"x-timed"] = "timed"', '"x-stamp"] = "timed"')], []),
    ("an argument of add_middleware", [(S, 'more="!"', 'more="?"')], []),
    ("a middleware is added", [(S, '@app.exception_handler(Problem)', '@app.middleware("http")\nasync def more(request: Request, call_next):\n    response = await call_next(request)\n    response.headers["x-stamp"] = "more"\n    return response\n\n\n@app.exception_handler(Problem)')], []),
    ("a middleware is removed", [(S, 'app.add_middleware(Stamp, more="!")\n', "")], []),
    ("the body of lifespan", [(S, 'state["started"] = "started"', 'state["started"] = "begun"')], []),
    ("the title of the application", [(S, 'title="store"', 'title="shop"')], []),
    ("add_api_route changes its path", [(S, 'app.add_api_route("/added", added)', 'app.add_api_route("/put", added)')], ["/put"]),
    ("add_api_route is added", [(S, 'app.add_api_route("/added", added)', 'app.add_api_route("/added", added)\napp.add_api_route("/again", added)')], ["/again"]),
    ("the prefix of an included router", [(S, 'prefix="/items"', 'prefix="/things"')], ["/things/x"]),
    ("a router's own prefix", [(U, 'prefix="/users"', 'prefix="/people"')], ["/people/me"]),
    ("a router's dependencies", [(I, 'APIRouter(tags=["items"])', 'APIRouter(tags=["items"], dependencies=[Depends(opened)])')], ["/items/labels?key=no", "/items/labels?key=open"]),
    ("a router's tags and prefix", [(I, 'APIRouter(tags=["items"])', 'APIRouter(tags=["things"], prefix="/sub")')], ["/items/sub/labels", "/items/sub/nested/deep"]),
    ("both routers of a file", [(I, 'APIRouter(tags=["items"])\nnested = APIRouter()', 'APIRouter(deprecated=True)\nnested = APIRouter(prefix="/far")')], ["/items/nested/far/deep"]),
    ("a router out of the schema", [(U, 'prefix="/users"', 'prefix="/users", include_in_schema=False')], []),
    ("include_router is removed", [(S, "app.include_router(users.router)\n", "")], []),
    ("include_router with dependencies", [(S, "app.include_router(users.router)", "app.include_router(users.router, tags=['u'])")], []),
    ("a new router in a new file", [("parts.py", None, 'from fastapi import APIRouter\n\nrouter = APIRouter(prefix="/parts")\n\n\n@router.get("/all")\ndef everything():\n    return "parts"\n'), (S, "import items\n", "import items\nimport parts\n"), (S, "app.include_router(users.router)", "app.include_router(users.router)\napp.include_router(parts.router)")], ["/parts/all"]),
    ("a nested router's route", [(I, 'return "deep"', 'return "deeper"')], []),
    ("a nested router gets a route", [(I, "router.include_router(nested", '@nested.get("/more")\ndef more():\n    return "more"\n\n\nrouter.include_router(nested')], ["/items/nested/more"]),
    ("a nested router's prefix", [(I, 'prefix="/nested"', 'prefix="/inner"')], ["/items/inner/deep"]),
    ("a route of a sub-application", [(A, '@admin.get("/zero")', '@admin.get("/more")\ndef more():\n    return "more"\n\n\n@admin.get("/zero")')], ["/admin/more"]),
    ("the path of a mounted application", [(S, 'app.mount("/admin", admin)', 'app.mount("/boss", admin)')], ["/boss/home"]),
    ("a default of a setting", [("conf.py", 'title: str = "shop"', 'title: str = "market"')], []),
    ("a setting is added", [("conf.py", "    limit: int = 10", "    limit: int = 10\n    owner: str = 'me'"), (I, "return conf.title", "return conf.owner")], []),
    ("a value that a cache was given", [("conf.py", 'Settings(title="cached")', 'Settings(title="known")')], []),
    ("a websocket's body", [(S, "    await websocket.accept()", "    await websocket.accept()\n    await websocket.close()")], []),
    ("a background task", [(S, "def work():\n    pass", "def work():\n    return None")], []),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    warnings.simplefilter("ignore")
    from store import app  # type: ignore[import-not-found]

    return asking_of(app)


def asking_of(app):  # type: ignore[no-untyped-def]
    """What asks an application, which answers its errors."""
    from fastapi.testclient import TestClient

    asking = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    asking.__enter__()

    def ask(method, path, body, headers):  # type: ignore[no-untyped-def]
        if method == "WS":
            try:
                with asking.websocket_connect(path) as socket:
                    socket.send_text(body)
                    return 101, socket.receive_text(), {}
            except Exception:
                return 403, "", {}
        got = asking.request(method, path, content=body, headers=headers)
        return got.status_code, got.text, got.headers

    return ask
