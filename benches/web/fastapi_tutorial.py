"""FastAPI's own tutorial, the user guide: `main.py` as each of its pages has it, and its bigger application."""

from __future__ import annotations

import warnings

from web.fastapi_edits import asking_of

COMMAND = ["--", "uvicorn", "main:app", "--reload", "--port", "{port}"]
ENVIRONMENT: dict[str, str] = {}
KINDS = {".py", ".html", ".css"}
#: What of libraries a fresh process finds imported.
LIBRARIES = ["fastapi.security", "fastapi.staticfiles", "fastapi.testclient", "pydantic"]
PREPARES: list[list[str]] = []

M = "main.py"
HEAD = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
FIRST = HEAD + '@app.get("/")\nasync def root():\n    return {"message": "Hello World"}\n'
FILES = {"pyproject.toml": "", M: FIRST}

PATHS = HEAD + '@app.get("/items/{item_id}")\nasync def read_item(item_id):\n    return {"item_id": item_id}\n'
ORDER = HEAD + (
    '@app.get("/users/me")\nasync def read_user_me():\n    return {"user_id": "the current user"}\n\n\n'
    '@app.get("/users/{user_id}")\nasync def read_user(user_id: str):\n    return {"user_id": user_id}\n'
)
ENUM = """from enum import Enum

from fastapi import FastAPI


class ModelName(str, Enum):
    alexnet = "alexnet"
    resnet = "resnet"
    lenet = "lenet"


app = FastAPI()


@app.get("/models/{model_name}")
async def get_model(model_name: ModelName):
    if model_name is ModelName.alexnet:
        return {"model_name": model_name, "message": "Deep Learning FTW!"}

    if model_name.value == "lenet":
        return {"model_name": model_name, "message": "LeCNN all the images"}

    return {"model_name": model_name, "message": "Have some residuals"}
"""
QUERY = HEAD.replace("\n\n\n", "\n\nfake_items_db = [{\"item_name\": \"Foo\"}, {\"item_name\": \"Bar\"}]\n\n\n") + (
    '@app.get("/items/")\nasync def read_item(skip: int = 0, limit: int = 10):\n    return fake_items_db[skip : skip + limit]\n'
)  # fmt: skip
OPTIONAL = (
    HEAD
    + """@app.get("/items/{item_id}")
async def read_item(item_id: str, q: str | None = None, short: bool = False):
    item = {"item_id": item_id}
    if q:
        item.update({"q": q})
    if not short:
        item.update(
            {"description": "This is an amazing item that has a long description"}
        )
    return item
"""
)
BODY = """from fastapi import FastAPI
from pydantic import BaseModel


class Item(BaseModel):
    name: str
    description: str | None = None
    price: float
    tax: float | None = None


app = FastAPI()


@app.post("/items/")
async def create_item(item: Item):
    return item
"""
BODY_USED = BODY.replace(
    "    return item\n",
    "    item_dict = item.model_dump()\n    if item.tax is not None:\n        price_with_tax = item.price + item.tax\n"
    '        item_dict.update({"price_with_tax": price_with_tax})\n    return item_dict\n',
)
BODY_PATH = BODY.replace('@app.post("/items/")\nasync def create_item(item: Item):\n    return item\n',
    '@app.put("/items/{item_id}")\nasync def update_item(item_id: int, item: Item, q: str | None = None):\n'
    '    result = {"item_id": item_id, **item.model_dump()}\n    if q:\n        result.update({"q": q})\n    return result\n')  # fmt: skip
VALID = """from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/items/")
async def read_items(q: Annotated[str | None, Query(max_length=50)] = None):
    results = {"items": [{"item_id": "Foo"}, {"item_id": "Bar"}]}
    if q:
        results.update({"q": q})
    return results
"""
VALID_LIST = """from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/items/")
async def read_items(q: Annotated[list[str] | None, Query()] = None):
    query_items = {"q": q}
    return query_items
"""
NUMERIC = """from typing import Annotated

from fastapi import FastAPI, Path, Query

app = FastAPI()


@app.get("/items/{item_id}")
async def read_items(
    item_id: Annotated[int, Path(title="The ID of the item to get", ge=1)],
    q: Annotated[str | None, Query(alias="item-query")] = None,
):
    results = {"item_id": item_id}
    if q:
        results.update({"q": q})
    return results
"""
QUERY_MODEL = """from typing import Annotated, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

app = FastAPI()


class FilterParams(BaseModel):
    limit: int = Field(100, gt=0, le=100)
    offset: int = Field(0, ge=0)
    order_by: Literal["created_at", "updated_at"] = "created_at"
    tags: list[str] = []


@app.get("/items/")
async def read_items(filter_query: Annotated[FilterParams, Query()]):
    return filter_query
"""
NESTED = """from fastapi import FastAPI
from pydantic import BaseModel, HttpUrl

app = FastAPI()


class Image(BaseModel):
    url: HttpUrl
    name: str


class Item(BaseModel):
    name: str
    description: str | None = None
    price: float
    tax: float | None = None
    tags: set[str] = set()
    image: Image | None = None


@app.put("/items/{item_id}")
async def update_item(item_id: int, item: Item):
    results = {"item_id": item_id, "item": item}
    return results
"""
RESPONSE = """from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class UserIn(BaseModel):
    username: str
    password: str
    email: str
    full_name: str | None = None


class UserOut(BaseModel):
    username: str
    email: str
    full_name: str | None = None


@app.post("/user/", response_model=UserOut)
async def create_user(user: UserIn) -> Any:
    return user
"""
EXTRA = """from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class UserBase(BaseModel):
    username: str
    email: str
    full_name: str | None = None


class UserIn(UserBase):
    password: str


class UserOut(UserBase):
    pass


class UserInDB(UserBase):
    hashed_password: str


def fake_password_hasher(raw_password: str):
    return "supersecret" + raw_password


def fake_save_user(user_in: UserIn):
    hashed_password = fake_password_hasher(user_in.password)
    user_in_db = UserInDB(**user_in.model_dump(), hashed_password=hashed_password)
    return user_in_db


@app.post("/user/", response_model=UserOut)
async def create_user(user_in: UserIn):
    user_saved = fake_save_user(user_in)
    return user_saved
"""
ERRORS = """from fastapi import FastAPI, HTTPException

app = FastAPI()

items = {"foo": "The Foo Wrestlers"}


@app.get("/items/{item_id}")
async def read_item(item_id: str):
    if item_id not in items:
        raise HTTPException(status_code=404, detail="Item not found")
    return {"item": items[item_id]}
"""
HANDLER = """from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class UnicornException(Exception):
    def __init__(self, name: str):
        self.name = name


app = FastAPI()


@app.exception_handler(UnicornException)
async def unicorn_exception_handler(request: Request, exc: UnicornException):
    return JSONResponse(
        status_code=418,
        content={"message": f"Oops! {exc.name} did something. There goes a rainbow..."},
    )


@app.get("/unicorns/{name}")
async def read_unicorn(name: str):
    if name == "yolo":
        raise UnicornException(name=name)
    return {"unicorn_name": name}
"""
DEPENDS = """from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


async def common_parameters(q: str | None = None, skip: int = 0, limit: int = 100):
    return {"q": q, "skip": skip, "limit": limit}


@app.get("/items/")
async def read_items(commons: Annotated[dict, Depends(common_parameters)]):
    return commons


@app.get("/users/")
async def read_users(commons: Annotated[dict, Depends(common_parameters)]):
    return commons
"""
CLASSES = """from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


fake_items_db = [{"item_name": "Foo"}, {"item_name": "Bar"}, {"item_name": "Baz"}]


class CommonQueryParams:
    def __init__(self, q: str | None = None, skip: int = 0, limit: int = 100):
        self.q = q
        self.skip = skip
        self.limit = limit


@app.get("/items/")
async def read_items(commons: Annotated[CommonQueryParams, Depends()]):
    response = {}
    if commons.q:
        response.update({"q": commons.q})
    items = fake_items_db[commons.skip : commons.skip + commons.limit]
    response.update({"items": items})
    return response
"""
GLOBAL = """from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException


async def verify_token(x_token: Annotated[str, Header()]):
    if x_token != "fake-super-secret-token":
        raise HTTPException(status_code=400, detail="X-Token header invalid")


app = FastAPI(dependencies=[Depends(verify_token)])


@app.get("/items/")
async def read_items():
    return [{"item": "Portal Gun"}, {"item": "Plumbus"}]
"""
SECURITY = """from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


@app.get("/items/")
async def read_items(token: Annotated[str, Depends(oauth2_scheme)]):
    return {"token": token}
"""
USER = """from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    username: str
    email: str | None = None


def fake_decode_token(token):
    return User(username=token + "fakedecoded", email="john@example.com")


async def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]):
    user = fake_decode_token(token)
    return user


@app.get("/users/me")
async def read_users_me(current_user: Annotated[User, Depends(get_current_user)]):
    return current_user
"""
MIDDLEWARE = """from fastapi import FastAPI, Request

app = FastAPI()


@app.middleware("http")
async def add_stamp_header(request: Request, call_next):
    response = await call_next(request)
    response.headers["X-Stamp"] = "seen"
    return response


@app.get("/")
async def main():
    return {"message": "Hello World"}
"""
CORS = """from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

origins = ["http://localhost.tiangolo.com", "http://localhost:8080"]

app.add_middleware(
    CORSMiddleware,
    allow_origins=origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/")
async def main():
    return {"message": "Hello World"}
"""
BACKGROUND = """from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


def write_notification(email: str, message=""):
    with open("log.txt", mode="w") as email_file:
        content = f"notification for {email}: {message}"
        email_file.write(content)


@app.post("/send-notification/{email}")
async def send_notification(email: str, background_tasks: BackgroundTasks):
    background_tasks.add_task(write_notification, email, message="some notification")
    return {"message": "Notification sent in the background"}
"""
METADATA = """from fastapi import FastAPI

app = FastAPI(title="ChimichangApp", summary="Deadpool's favorite app.", version="0.0.1")


@app.get("/items/", tags=["items"])
async def read_items():
    return [{"name": "Katana"}]
"""
ITEMS = """from fastapi import APIRouter, HTTPException

router = APIRouter(
    prefix="/items",
    tags=["items"],
    responses={404: {"description": "Not found"}},
)


fake_items_db = {"plumbus": {"name": "Plumbus"}, "gun": {"name": "Portal Gun"}}


@router.get("/")
async def read_items():
    return fake_items_db


@router.get("/{item_id}")
async def read_item(item_id: str):
    if item_id not in fake_items_db:
        raise HTTPException(status_code=404, detail="Item not found")
    return {"name": fake_items_db[item_id]["name"], "item_id": item_id}
"""
USERS = """from fastapi import APIRouter

router = APIRouter()


@router.get("/users/", tags=["users"])
async def read_users():
    return [{"username": "Rick"}, {"username": "Morty"}]


@router.get("/users/me", tags=["users"])
async def read_user_me():
    return {"username": "fakecurrentuser"}
"""
BIGGER = """from fastapi import FastAPI

from routers import items, users

app = FastAPI()


app.include_router(users.router)
app.include_router(items.router)


@app.get("/")
async def root():
    return {"message": "Hello Bigger Applications!"}
"""
ITEM = 'POST /items/ {"name": "Foo", "price": 45.2, "tax": 3.5}'
PUT = 'PUT /items/5?q=query {"name": "Foo", "price": 45.2, "tags": ["a"], "image": {"url": "http://a.b/", "name": "c"}}'
JOHN = 'POST /user/ {"username": "john", "password": "secret", "email": "john@example.com"}'
STEPS = [
    ("First Steps", [(M, FIRST.replace("Hello World", "Hello")), (M, FIRST)], ["/", "/openapi.json"], []),
    ("Path Parameters", [(M, PATHS), (M, PATHS.replace("(item_id)", "(item_id: int)")), (M, ORDER), (M, ENUM)],
     ["/items/foo", "/items/3", "/users/me", "/users/you", "/models/lenet", "/models/none"], []),
    ("Query Parameters", [(M, QUERY), (M, OPTIONAL)], ["/items/?skip=1", "/items/foo?q=a&short=on"], []),
    ("Request Body", [(M, BODY), (M, BODY_USED), (M, BODY_PATH)], [ITEM, PUT], []),
    ("Query Parameters and String Validations",
     [(M, VALID), (M, VALID.replace("max_length=50", "min_length=3, max_length=50")), (M, VALID_LIST)],
     ["/items/?q=a", "/items/?q=foo&q=bar"], []),
    ("Path Parameters and Numeric Validations", [(M, NUMERIC), (M, NUMERIC.replace("ge=1", "gt=0, le=1000"))],
     ["/items/0", "/items/2000?item-query=x"], []),
    ("Query Parameter Models", [(M, QUERY_MODEL), (M, QUERY_MODEL.replace(
        "(BaseModel):\n", '(BaseModel):\n    model_config = {"extra": "forbid"}\n\n'))],
     ["/items/?limit=7&tool=plumbus"], []),
    ("Body, Nested Models", [(M, NESTED), (M, NESTED.replace("image: Image | None", "images: list[Image] | None"))], [], []),
    ("Response Model", [(M, RESPONSE), (M, RESPONSE.replace("response_model=UserOut", "response_model=UserOut, status_code=201"))],
     [JOHN], []),
    ("Extra Models", [(M, EXTRA)], [], []),
    ("Handling Errors", [(M, ERRORS), (M, HANDLER)], ["/items/bar", "/unicorns/yolo", "/unicorns/other"], []),
    ("Dependencies", [
        (M, DEPENDS), (M, DEPENDS.replace("skip: int = 0", "skip: int = 1")), (M, CLASSES),
        (M, CLASSES.replace("limit: int = 100", "limit: int = 2")), (M, GLOBAL),
    ], ["/users/?limit=3"], []),
    ("Security", [(M, SECURITY), (M, USER)], [], []),
    ("Middleware and CORS", [(M, MIDDLEWARE), (M, MIDDLEWARE.replace('"seen"', '"seen again"')), (M, CORS)], [], []),
    ("Bigger Applications", [
        ("routers/__init__.py", ""), ("routers/users.py", USERS), ("routers/items.py", ITEMS), (M, BIGGER),
        ("routers/items.py", ITEMS.replace('"/items"', '"/things"')),
    ], ["/things/plumbus"], []),
    ("Background Tasks", [(M, BACKGROUND)], ["POST /send-notification/a"], []),
    ("Metadata", [(M, METADATA)], [], []),
]  # fmt: skip


def client():  # type: ignore[no-untyped-def]
    """What asks a fresh application."""
    warnings.simplefilter("ignore")
    from main import app  # type: ignore[import-not-found]

    return asking_of(app)
