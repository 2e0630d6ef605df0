"""A larger FastAPI project, and edits that `fastapi_edits.py` has none of: what a service of several files is made of.

Models with validators, computed fields and unions, SQLAlchemy, security, overrides of dependencies, sockets, streams,
templates, static files, background tasks, routers within routers, class instances as dependencies and handlers.
"""

from __future__ import annotations

from pathlib import Path

from web.fastapi_edits import client

__all__ = ["ASKED", "COMMAND", "EDITS", "ENVIRONMENT", "FILES", "KINDS", "client", "prepare"]

COMMAND = ["--", "uvicorn", "store:app", "--port", "{port}"]
# The names of operations are taken from sets of methods.
ENVIRONMENT = {"PYTHONHASHSEED": "0"}
KINDS = {".py", ".html", ".txt", ".css", ".env"}
#: What of libraries a fresh process finds imported.
LIBRARIES = [
    "fastapi.security",
    "fastapi.staticfiles",
    "fastapi.templating",
    "fastapi.testclient",
    "fastapi.middleware.cors",
    "pydantic",
    "python_multipart",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm",
]

FILES = {
    "pyproject.toml": "",
    "store.py": """
from shop.main import create_app

app = create_app()
""",
    "shop/__init__.py": "",
    "shop/counter.py": """
import os

COUNT = []


def counted():
    COUNT.append(1)
    return f"{os.getpid()} {len(COUNT)}"
""",
    "shop/config.py": """
import os
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Config:
    name: str = os.environ.get("SHOP_NAME", "shop")
    size: int = 5
    currency: str = "EUR"


@lru_cache
def get_config() -> Config:
    return Config()


PREFIX = "/v1"
TAGS = [{"name": "books", "description": "All books"}]
""",
    "shop/db.py": """
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    books: Mapped[list["Book"]] = relationship(back_populates="author", order_by="Book.title")

    def label(self) -> str:
        return f"{self.name} ({len(self.books)})"


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    pages: Mapped[int] = mapped_column(default=100)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")

    @property
    def is_long(self) -> bool:
        return self.pages > 150


def fill() -> None:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        if session.scalar(select(Author)) is None:
            ann = Author(name="Ann")
            ann.books = [Book(title="One", pages=90), Book(title="Two", pages=200)]
            session.add(ann)
            session.commit()


fill()


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_session)]


def long_books(session: Session, least: int = 150):
    return session.scalars(select(Book).where(Book.pages > least).order_by(Book.title)).all()
""",
    "shop/schemas.py": """
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

T = TypeVar("T")


class Base(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class Kind(StrEnum):
    PAPER = "paper"
    AUDIO = "audio"


def tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def short(value: str) -> str:
    if len(value) > 20:
        raise ValueError("too long")
    return value


Title = Annotated[str, BeforeValidator(tidy), AfterValidator(short), Field(min_length=1)]


class BookOut(Base):
    id: int
    title: Title
    pages: int

    @computed_field
    @property
    def weight(self) -> int:
        return self.pages * 2

    @field_serializer("title")
    def shown(self, value: str) -> str:
        return value.lower()


class BookIn(Base):
    title: Title
    pages: int = Field(default=10, gt=0, alias="pageCount")
    kind: Kind = Kind.PAPER
    printed: date | None = None

    @field_validator("pages")
    @classmethod
    def even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("odd")
        return value

    @model_validator(mode="after")
    def agrees(self):
        if self.kind == Kind.AUDIO and self.pages > 100:
            raise ValueError("too long to listen to")
        return self


class Cat(Base):
    type: Literal["cat"]
    lives: int = 9


class Dog(Base):
    type: Literal["dog"]
    tricks: list[str] = []


Pet = Annotated[Union[Cat, Dog], Field(discriminator="type")]


class Owner(Base):
    name: str
    pet: Pet


class Numbers(RootModel[list[int]]):
    def total(self) -> int:
        return sum(self.root)


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = 0


class Secret(BaseModel):
    value: str

    @model_serializer
    def hidden(self) -> dict[str, str]:
        return {"value": "***"}
""",
    "shop/security.py": """
from typing import Annotated

from fastapi import Depends, HTTPException, Security, status
from fastapi.security import APIKeyQuery, HTTPBasic, OAuth2PasswordBearer, SecurityScopes

oauth = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)
key = APIKeyQuery(name="key", auto_error=False)


def current(token: Annotated[str | None, Depends(oauth)], key: Annotated[str | None, Depends(key)]) -> str:
    if key == "open":
        return "ann"
    if token is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "who are you?")
    return token


def scoped(scopes: SecurityScopes, user: Annotated[str, Depends(current)]) -> str:
    return f"{user}: {scopes.scope_str}"


User = Annotated[str, Depends(current)]
Admin = Annotated[str, Security(scoped, scopes=["admin"])]


class Role:
    def __init__(self, name: str, level: int = 1) -> None:
        self.name, self.level = name, level

    def __call__(self, user: User, level: int = 1) -> str:
        if level < self.level:
            raise HTTPException(403, f"{self.name} only")
        return f"{user} is {self.name}"


is_boss = Role("boss", 3)
""",
    "shop/errors.py": """
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class ShopError(Exception):
    status = 400

    def __init__(self, message: str) -> None:
        self.message = message


class NotHere(ShopError):
    status = 404


async def on_shop_error(request: Request, error: ShopError) -> JSONResponse:
    return JSONResponse({"error": error.message}, error.status)


async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"invalid": [".".join(map(str, each["loc"])) for each in error.errors()]}, 422)
""",
    "shop/middleware.py": """
from starlette.middleware.base import BaseHTTPMiddleware


class Stamp(BaseHTTPMiddleware):
    def __init__(self, app, word: str = "stamp") -> None:
        super().__init__(app)
        self.word = word

    async def dispatch(self, request, call_next):
        request.state.seen = [*getattr(request.state, "seen", []), self.word]
        response = await call_next(request)
        response.headers["x-stamp"] = "+".join(request.state.seen)
        return response
""",
    "shop/routers/__init__.py": "",
    "shop/routers/books.py": """
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body, Cookie, Form, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from shop.config import get_config
from shop.db import Author, Book, Db, long_books
from shop.errors import NotHere, ShopError
from shop.schemas import BookIn, BookOut, Numbers, Owner, Page, Secret

router = APIRouter(prefix="/books", tags=["books"])
log: list[str] = []
Size = Annotated[int, Query(ge=1, le=50)]
BookId = Annotated[int, Path(gt=0)]


@router.get("/", response_model=Page[BookOut], response_model_exclude_unset=True)
def listed(db: Db, size: Size = get_config().size):
    found = db.scalars(select(Book).order_by(Book.title).limit(size)).all()
    return Page[BookOut](items=[BookOut.model_validate(each) for each in found], total=len(found))


@router.get("/long")
def long(db: Db) -> list[BookOut]:
    return long_books(db)


@router.get("/authors")
def authors(db: Db):
    return [each.label() for each in db.scalars(select(Author))]


@router.post("/", status_code=201)
def create(book: BookIn) -> BookIn:
    return book


@router.post("/owner", responses={418: {"description": "A teapot"}})
def owner(owner: Owner):
    return owner.pet


@router.post("/sum")
def summed(numbers: Numbers) -> int:
    return numbers.total()


@router.post("/part")
def part(name: Annotated[str, Body(embed=True)], count: Annotated[int, Body()] = 1):
    return [name, count]


@router.get("/secret")
def secret() -> Secret:
    return Secret(value="s")


@router.get("/headers")
def headers(user_agent_kind: Annotated[str | None, Header()] = None, crumb: Annotated[str, Cookie()] = "none"):
    return [user_agent_kind, crumb]


@router.get("/fail")
def fail():
    raise ShopError("failed")


def note(text: str) -> None:
    log.append(text)


@router.get("/later")
def later(tasks: BackgroundTasks):
    tasks.add_task(note, "noted")
    return log[-1:]


@router.get("/stream")
def stream():
    def parts():
        yield "a"
        yield "b"

    return StreamingResponse(parts(), media_type="text/plain")


@router.get("/{book_id}", response_model=BookOut, response_model_include={"id", "title", "weight"})
def one(book_id: BookId, db: Db, response: Response):
    book = db.get(Book, book_id)
    if book is None:
        raise NotHere("no book")
    response.headers["x-stamp"] = "book"
    return book
""",
    "shop/routers/admin.py": """
from fastapi import APIRouter, Depends

from shop.security import Admin, User, current, is_boss

router = APIRouter(prefix="/admin", dependencies=[Depends(current)])
reports = APIRouter(prefix="/reports")


@router.get("/me")
def me(user: User):
    return user


@router.get("/scoped")
def scoped(user: Admin):
    return user


@router.get("/boss")
def boss(word: str = Depends(is_boss)):
    return word


@reports.get("/sales")
async def sales():
    return "sales"


@reports.api_route("/any", methods=["GET", "PUT"])
def anything():
    return "any"


router.include_router(reports)
""",
    "shop/routers/pages.py": """
from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import HTMLResponse, RedirectResponse

from shop.counter import counted
from shop.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/process")
def process():
    return counted()


@router.get("/page")
def page(request: Request):
    return templates.TemplateResponse(request, "page.html", {"price": 4})


@router.get("/away")
def away(request: Request):
    return RedirectResponse(request.url_for("page").path)


@router.get("/override")
def override():
    return "plain"


@router.websocket("/socket/{name}")
async def socket(websocket: WebSocket, name: str, times: int = 1):
    await websocket.accept()
    text = await websocket.receive_text()
    await websocket.send_text(f"{name}: {text * times}")
    await websocket.close()
""",
    "shop/templating.py": """
from pathlib import Path

from starlette.templating import Jinja2Templates

from shop.config import get_config


def common(request):
    return {"owner": "Ann"}


templates = Jinja2Templates(Path(__file__).parent / "templates", context_processors=[common])


def money(value):
    return f"{value} {get_config().currency}"


templates.env.filters["money"] = money
templates.env.globals["version"] = "1"
""",
    "shop/templates/base.html": "<html>{% block body %}{% endblock %} v{{ version }}</html>\n",
    "shop/templates/page.html": "{% extends 'base.html' %}{% block body %}{{ owner }}: {{ price|money }}{% endblock %}\n",
    "shop/static/site.css": "body { color: red }\n",
    "shop/main.py": """
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from shop import config
from shop.errors import ShopError, on_invalid, on_shop_error
from shop.middleware import Stamp
from shop.routers import admin, books, pages
from shop.security import current


@asynccontextmanager
async def lifespan(app):
    app.state.started = "yes"
    yield


api = FastAPI(title="api", openapi_tags=config.TAGS)
api.include_router(books.router, prefix=config.PREFIX)
api.include_router(admin.router, prefix=config.PREFIX, tags=["admin"])


def create_app() -> FastAPI:
    app = FastAPI(title="store", lifespan=lifespan)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.mount("/api", api)
    app.add_middleware(Stamp, word="outer")
    app.add_middleware(CORSMiddleware, allow_origins=["http://here"])

    @app.get("/inside")
    def inside():
        return "inside"

    return app


api.add_exception_handler(ShopError, on_shop_error)
api.add_exception_handler(RequestValidationError, on_invalid)
api.add_middleware(Stamp, word="first")
api.add_middleware(Stamp, word="second")
""",
}

X = "/api/v1"
ASKED = [
    *("/page", "/away", "/override", "/inside", "/static/site.css", "WS /socket/ann hi", "WS /socket/ann?times=2 ho"),
    *(f"{X}/books/", f"{X}/books/?size=1", f"{X}/books/?size=99", f"{X}/books/long", f"{X}/books/authors"),
    *(f"{X}/books/1", f"{X}/books/77", f"{X}/books/0", f"{X}/books/secret", f"{X}/books/fail", f"{X}/books/stream"),
    *(f"{X}/books/headers", f"{X}/admin/me", f"{X}/admin/me?key=open", f"{X}/admin/scoped?key=open"),
    *(f"{X}/admin/boss?key=open&level=3", f"{X}/admin/boss?key=open&level=2", f"{X}/admin/reports/sales?key=open"),
    *(f"{X}/admin/reports/any?key=open", f"PUT {X}/admin/reports/any?key=open", "/api/openapi.json", "/openapi.json"),
    f'POST {X}/books/ {{"title": " a title ", "pageCount": 4}}',
    f'POST {X}/books/ {{"title": "t", "pageCount": 3}}',
    f'POST {X}/books/ {{"title": "t", "pageCount": 200, "kind": "audio"}}',
    f'POST {X}/books/ {{"title": "a title that is far too long", "more": 1}}',
    f'POST {X}/books/owner {{"name": "n", "pet": {{"type": "cat"}}}}',
    f'POST {X}/books/owner {{"name": "n", "pet": {{"type": "dog", "tricks": ["sit"]}}}}',
    f"POST {X}/books/sum [1, 2, 3]",
    f'POST {X}/books/part {{"name": "n"}}',
]

B, C, D, S, Q, P, A = (
    "shop/routers/books.py", "shop/schemas.py", "shop/db.py", "shop/security.py", "shop/main.py",
    "shop/routers/pages.py", "shop/routers/admin.py",
)  # fmt: skip
T, E, K = "shop/templating.py", "shop/errors.py", "shop/config.py"
SALES = '@reports.get("/sales")\nasync def sales():\n    return "sales"\n'
EDITS = [
    ("model_config forbids what is not known", [[(C, 'extra="ignore"', 'extra="forbid"')], [(C, 'extra="forbid"', 'extra="allow"')]], []),
    ("a computed field's body", [(C, "self.pages * 2", "self.pages * 3")], []),
    ("a computed field is added, then renamed", [[(C, '    @field_serializer("title")', '    @computed_field\n    @property\n    def cover(self) -> str:\n        return "c"\n\n    @field_serializer("title")')], [(C, "def cover", "def jacket")]], []),
    ("a field serializer's body", [(C, "value.lower()", "value.upper()")], []),
    ("a field serializer is for another field", [(C, 'field_serializer("title")\n    def shown(self, value: str) -> str:\n        return value.lower()', 'field_serializer("pages")\n    def shown(self, value: int) -> str:\n        return f"{value} pages"')], []),
    ("a model validator's body", [(C, "self.pages > 100", "self.pages > 300")], []),
    ("a model validator runs before", [(C, '@model_validator(mode="after")\n    def agrees(self):\n        if self.kind == Kind.AUDIO and self.pages > 100:\n            raise ValueError("too long to listen to")\n        return self', '@model_validator(mode="before")\n    @classmethod\n    def agrees(cls, data):\n        return {**data, "title": "before"}')], []),
    ("a function in an Annotated alias", [(C, "value.strip() if", "value.strip().title() if")], []),
    ("a bound in a function of an alias", [(C, "len(value) > 20", "len(value) > 50")], []),
    ("an Annotated alias gets another bound", [(C, "Field(min_length=1)]", "Field(min_length=9)]")], []),
    ("an alias of a field", [(C, 'alias="pageCount"', 'alias="pagesTotal"')], [f'POST {X}/books/ {{"title": "t", "pagesTotal": 4}}']),
    ("a discriminated union gets a member", [(C, 'Pet = Annotated[Union[Cat, Dog]', 'class Fox(Base):\n    type: Literal["fox"]\n    age: int = 1\n\n\nPet = Annotated[Union[Cat, Dog, Fox]')], [f'POST {X}/books/owner {{"name": "n", "pet": {{"type": "fox"}}}}']),
    ("a member of a union has another tag", [(C, 'type: Literal["cat"]', 'type: Literal["cat", "kitten"]')], [f'POST {X}/books/owner {{"name": "n", "pet": {{"type": "kitten"}}}}']),
    ("a default in a member of a union", [(C, "lives: int = 9", "lives: int = 7")], []),
    ("a method of a RootModel", [(C, "sum(self.root)", "max(self.root)")], []),
    ("a RootModel of another type", [(C, "RootModel[list[int]]", "RootModel[list[float]]")], []),
    ("a generic model gets a field", [(C, "    total: int = 0", "    total: int = 0\n    more: str = 'more'")], []),
    ("a model serializer's body", [(C, '"***"', '"hidden"')], []),
    ("a model serializer is removed", [(C, '    @model_serializer\n    def hidden(self) -> dict[str, str]:\n        return {"value": "***"}\n', "")], []),
    ("a member of a StrEnum", [(C, '    AUDIO = "audio"', '    AUDIO = "audio"\n    FILM = "film"')], []),
    ("an optional field becomes required", [(C, "printed: date | None = None", "printed: date")], []),
    ("a base model gets a field", [(C, 'extra="ignore")\n', 'extra="ignore")\n    version: int = 1\n')], []),
    ("a method of a mapped class", [(D, 'f"{self.name} ({len(self.books)})"', 'f"{self.name}: {len(self.books)}"')], []),
    ("a query", [(D, "order_by(Book.title)).all()", "order_by(Book.title.desc())).all()")], []),
    ("a default of a query", [(D, "least: int = 150", "least: int = 50")], []),
    ("a column of a mapped class", [(D, "    pages: Mapped[int] = mapped_column(default=100)", "    pages: Mapped[int] = mapped_column(default=100)\n    shelf: Mapped[int] = mapped_column(default=1)")], []),
    ("the order of a relationship", [(D, 'order_by="Book.title"', 'order_by="Book.pages"')], []),
    ("the body of a dependency with yield", [(D, "    with Session(engine) as session:\n        yield session", "    with Session(engine, autoflush=False) as session:\n        session.info['a'] = 1\n        yield session")], []),
    ("an alias in a router's file", [(B, "Query(ge=1, le=50)", "Query(ge=2, le=99)")], []),
    ("a default that a call gives", [(K, "size: int = 5", "size: int = 1")], []),
    ("a value in a cached configuration", [(K, 'currency: str = "EUR"', 'currency: str = "USD"')], []),
    ("the prefix of all", [(K, 'PREFIX = "/v1"', 'PREFIX = "/v2"')], ["/api/v2/books/1", "/api/v2/admin/me?key=open"]),
    ("response_model_exclude_unset", [(B, "response_model_exclude_unset=True", "response_model_exclude_unset=False")], []),
    ("response_model_include", [(B, '{"id", "title", "weight"}', '{"id", "title"}')], []),
    ("responses of a route", [(B, '"A teapot"', '"A kettle"')], []),
    ("Body(embed=True) is taken away", [(B, "Body(embed=True)", "Body()")], []),
    ("a header is renamed", [(B, "user_agent_kind: Annotated[str | None, Header()]", 'kind: Annotated[str | None, Header(alias="x-kind")]'), (B, "[user_agent_kind, crumb]", "[kind, crumb]")], []),
    ("a parameter of a form", [(B, "def part(name: Annotated[str, Body(embed=True)], count: Annotated[int, Body()] = 1)", "def part(name: Annotated[str, Form()] = 'f', count: Annotated[int, Form()] = 2)")], []),
    ("a generator within a handler", [(B, '        yield "b"', '        yield "c"\n        yield "d"')], []),
    ("a background task's function", [(B, "log.append(text)", "log.append(text + '!')")], [f"{X}/books/nothing"]),
    ("a handler becomes a class's method", [(B, '@router.get("/fail")\ndef fail():\n    raise ShopError("failed")\n', 'class Failing:\n    def fail(self):\n        raise ShopError("failed by a method")\n\n\nrouter.add_api_route("/fail", Failing().fail)\n')], []),
    ("a path's type becomes a path", [(B, '"/{book_id}", response_model', '"/{book_id:int}", response_model')], []),
    ("two decorators of routes", [[(B, '@router.get("/secret")', '@router.get("/secret")\n@router.get("/hidden")')], [(B, '@router.get("/hidden")', '@router.get("/veiled")')]], [f"{X}/books/hidden", f"{X}/books/veiled"]),
    ("the prefix of a router", [(B, 'prefix="/books"', 'prefix="/tomes"')], [f"{X}/tomes/1"]),
    ("tags of a router", [(B, 'tags=["books"]', 'tags=["tomes"]')], []),
    ("dependencies of a router", [(A, ", dependencies=[Depends(current)]", "")], []),
    ("the prefix of a router within", [(A, 'prefix="/reports"', 'prefix="/papers"')], [f"{X}/admin/papers/sales?key=open"]),
    ("methods of api_route", [(A, '["GET", "PUT"]', '["GET"]')], []),
    ("a route moves to another router", [(A, SALES, SALES.replace("reports", "router"))], [f"{X}/admin/sales?key=open"]),
    ("a security scheme's name", [(S, 'APIKeyQuery(name="key"', 'APIKeyQuery(name="code"')], [f"{X}/admin/me?code=open"]),
    ("tokenUrl", [(S, 'tokenUrl="token"', 'tokenUrl="login"')], []),
    ("a security dependency's body", [(S, 'key == "open"', 'key == "opened"')], [f"{X}/admin/me?key=opened"]),
    ("scopes of a security alias", [(S, 'scopes=["admin"]', 'scopes=["admin", "more"]')], []),
    ("__call__ of a dependency's class", [(S, 'f"{user} is {self.name}"', 'f"{self.name}: {user}"')], []),
    ("a parameter of __call__", [(S, "def __call__(self, user: User, level: int = 1)", "def __call__(self, user: User, level: int = 5)")], [f"{X}/admin/boss?key=open"]),
    ("arguments of a dependency's instance", [(S, 'Role("boss", 3)', 'Role("chief", 2)')], []),
    ("an error's status", [(E, "    status = 404", "    status = 410")], []),
    ("an exception handler that is told by a call", [(E, '{"error": error.message}', '{"failed": error.message}')], []),
    ("a handler of errors for another class", [(Q, "api.add_exception_handler(ShopError, on_shop_error)", "api.add_exception_handler(KeyError, on_shop_error)")], []),
    ("a handler of errors is no more told", [(Q, "api.add_exception_handler(RequestValidationError, on_invalid)\n", "")], []),
    ("middleware changes places", [(Q, 'api.add_middleware(Stamp, word="first")\napi.add_middleware(Stamp, word="second")', 'api.add_middleware(Stamp, word="second")\napi.add_middleware(Stamp, word="first")')], []),
    ("dispatch of a middleware", [(Q, 'word="second"', 'word="third"'), ("shop/middleware.py", '"+".join', '"-".join')], []),
    ("dependency_overrides", [(Q, "def create_app()", 'api.dependency_overrides[current] = lambda: "nobody"\n\n\ndef create_app()')], []),
    ("an override changes, then goes", [[(Q, "def create_app()", 'def somebody():\n    return "somebody"\n\n\napi.dependency_overrides[current] = somebody\n\n\ndef create_app()')], [(Q, '    return "somebody"', '    return "anybody"')], [(Q, "api.dependency_overrides[current] = somebody\n", "")]], []),
    ("openapi_tags", [(K, '"All books"', '"Every book"')], []),
    ("a route within a factory", [(Q, 'return "inside"', 'return "INSIDE"')], []),
    ("a factory includes another router", [(Q, "    app.include_router(pages.router)\n", '    app.include_router(pages.router)\n    app.include_router(admin.router, prefix="/a")\n')], ["/a/admin/me?key=open"]),
    ("a factory's middleware", [(Q, '    app.add_middleware(Stamp, word="outer")\n', '    app.add_middleware(Stamp, word="outermost")\n')], []),
    ("lifespan", [(Q, 'app.state.started = "yes"', 'app.state.started = "no"')], []),
    ("default_response_class", [(P, "default_response_class=HTMLResponse)", ")")], []),
    ("include_in_schema of a router", [(P, "include_in_schema=False, ", "")], []),
    ("a socket's body", [(P, 'f"{name}: {text * times}"', 'f"{name} says {text * times}"')], []),
    ("a socket's parameter", [(P, "times: int = 1", "times: int = 3")], []),
    ("a socket's path", [(P, '"/socket/{name}"', '"/plug/{name}"')], ["WS /plug/ann hi"]),
    ("a template's parent", [("shop/templates/base.html", " v{{", " version {{")], []),
    ("a block of a template", [("shop/templates/page.html", "{{ owner }}:", "{{ owner }} has")], []),
    ("a context processor", [(T, '"owner": "Ann"', '"owner": "Bea"')], []),
    ("a context processor is added", [(T, "templates = Jinja2Templates(", 'def more(request):\n    return {"owner": "Cid"}\n\n\ntemplates = Jinja2Templates('), (T, "[common]", "[common, more]")], []),
    ("a filter's body", [(T, 'f"{value} {', 'f"{value}.00 {')], []),
    ("a filter is added with its use", [(T, 'templates.env.globals["version"]', 'templates.env.filters["twice"] = lambda value: value * 2\ntemplates.env.globals["version"]'), ("shop/templates/page.html", "price|money", "price|twice|money")], []),
    ("a global of templates", [(T, '["version"] = "1"', '["version"] = "2"')], []),
    ("a static file", [("shop/static/site.css", "red", "green")], []),
    ("a new package with a router", [("shop/orders/__init__.py", None, "from .api import router\n"), ("shop/orders/api.py", None, 'from fastapi import APIRouter\n\nfrom .models import Order\n\nrouter = APIRouter(prefix="/orders")\n\n\n@router.get("/")\ndef listed() -> list[Order]:\n    return [Order()]\n'), ("shop/orders/models.py", None, "from pydantic import BaseModel\n\n\nclass Order(BaseModel):\n    number: int = 1\n"), (Q, "from shop import config\n", "from shop import config, orders\n"), (Q, "api.include_router(admin.router", "api.include_router(orders.router, prefix=config.PREFIX)\napi.include_router(admin.router")], [f"{X}/orders/"]),
]  # fmt: skip


def prepare(folder: Path) -> None:
    """Nothing to be made."""
