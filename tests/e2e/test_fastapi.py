"""uvicorn as typed, under `reloadr run`, with a FastAPI application: real requests, one process from save to save."""

import json
import shutil

import pytest
from clients import Clients
from program import until
from served import TOOLS, Served

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

FILES = {
    "pyproject.toml": "",
    "shop.py": """
import os

import parts
from fastapi import Depends, FastAPI
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str


class Order(BaseModel):
    items: list[Item]


def limit(n: int = 5):
    return n


@app.get("/process")
def process():
    return os.getpid()


@app.get("/one")
def one(q: str = "q"):
    return q


@app.get("/limited")
def limited(n: int = Depends(limit)):
    return n


@app.post("/order")
def order(order: Order) -> Order:
    return order


app.include_router(parts.router, prefix="/parts")


@app.get("/items/{name}")
def item(name: str):
    return name
""",
    "parts.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/list")
def listed():
    return "list"
""",
}

SPELLINGS = {
    "plain": ("--", "uvicorn", "shop:app"),
    "reload": ("--", "uvicorn", "--reload", "shop:app"),
    "module": ("-m", "uvicorn", "shop:app", "--reload"),
    "dev": ("--", "fastapi", "dev", "shop.py"),
}


@pytest.fixture
def site(start, tmp_path, port):
    site = Served(start, tmp_path, port)
    site.write(FILES)
    return site


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_handler_is_live_however_the_command_is_spelled(site, spelling):
    """In the process that serves, which is one; with `--reload` a line says that uvicorn's reloader was left out."""
    if shutil.which(spelling[1], path=TOOLS) is None and spelling[0] == "--":
        pytest.skip(f"{spelling[1]} is not installed")
    site.serve(*spelling, "--port", str(site.port))
    pid = site.ask("/process")
    site.edit("shop.py", ("return q", "return q + q"))
    site.becomes("/one", '"qq"')
    assert site.ask("/process") == pid
    assert site.said() == []
    left_out = "[reloadr] in the place of uvicorn's reloader: what is saved is live in this process"
    assert (left_out in site.program.lines) == ("--reload" in spelling or "dev" in spelling)


def test_routes_models_and_dependencies_follow(site):
    """Each save as a fresh server answers it, and its schema; in one process."""
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    pid = site.ask("/process")
    me = '@app.get("/items/me")\ndef me():\n    return 1\n\n\n'
    site.edit("shop.py", ('@app.get("/items/{name}")', f'{me}@app.get("/items/{{name}}")'))
    site.becomes("/items/me", "1")
    site.edit("shop.py", ('@app.get("/one")', '@app.get("/first", status_code=201)'))
    site.becomes("/first", '"q"')
    assert site.ask("/one") == "404"
    site.edit("shop.py", ('q: str = "q"', "q: int = 3, r: int = 4"), ("return q", "return q + r"))
    site.becomes("/first?q=5", "9")
    site.edit("shop.py", ("n: int = 5", "n: int = 6"))
    site.becomes("/limited", "6")
    site.edit("shop.py", ("    name: str\n\n\nclass", "    name: str\n    size: int = 2\n\n\nclass"))
    asked = '{"items": [{"name": "x"}]}'
    assert json.loads(site.post("/order", asked)) == {"items": [{"name": "x", "size": 2}]}
    more = '@router.get("/more")\ndef more():\n    return 2\n\n\n'
    site.edit("parts.py", ('@router.get("/list")', f'{more}@router.get("/list")'))
    site.becomes("/parts/more", "2")
    site.edit("shop.py", (me, ""))
    site.becomes("/items/me", '"me"')
    handler = (
        "class Boom(Exception):\n    pass\n\n\n@app.exception_handler(Boom)\ndef boomed(request, error):\n"
        '    return JSONResponse("boomed", 418)\n\n\n@app.get("/boom")\ndef boom():\n    raise Boom\n\n\n'
    )
    site.edit(
        "shop.py",
        ("from pydantic", "from fastapi.responses import JSONResponse\nfrom pydantic"),
        ('@app.get("/limited")', f'{handler}@app.get("/limited")'),
    )
    site.becomes("/boom", "418")
    ours = json.loads(site.ask("/openapi.json"))
    assert site.ask("/process") == pid
    assert site.said() == []
    site.program.process.terminate()
    site.program.ends()
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    fresh = json.loads(site.ask("/openapi.json"))
    assert ours == fresh
    assert [*ours["paths"]] == [*fresh["paths"]]


def test_what_is_included_and_what_surrounds_routes_follows(site):
    """Middleware, the prefix of an included router, a second one, in one process; the application's own arguments
    and what runs at its start in another."""
    site.serve(*SPELLINGS["reload"], "--port", str(site.port))
    pid = site.ask("/process")
    stamp = (
        '@app.middleware("http")\nasync def stamp(request, call):\n    response = await call(request)\n'
        '    response.headers["x-stamp"] = "stamp"\n    return response\n\n\n'
    )
    site.edit("shop.py", ('@app.get("/one")', f'{stamp}@app.get("/one")'))
    until(lambda: site.ask("/one") and site.headers["x-stamp"] == "stamp", site.log)
    site.edit("shop.py", (stamp, ""))
    until(lambda: site.ask("/one") and site.headers["x-stamp"] is None, site.log)
    site.edit("shop.py", ('prefix="/parts"', 'prefix="/pieces"'))
    site.becomes("/pieces/list", '"list"')
    with Clients(site.port, path="/one") as clients:
        for pair in [('@app.get("/one")', '@app.get("/one", tags=["a"])'), (', tags=["a"]', "")] * 2:
            site.edit("shop.py", pair)
    assert clients.lost == []
    site.edit("parts.py", ("APIRouter()", 'APIRouter(prefix="/all", tags=["parts"])'))
    site.becomes("/pieces/all/list", '"list"')
    assert '"tags":["parts"]' in site.ask("/openapi.json")
    site.edit("parts.py", ('prefix="/all"', 'prefix="/each"'))
    site.becomes("/pieces/each/list", '"list"')
    assert [site.ask(each) for each in ("/process", "/parts/list", "/pieces/all/list")] == [pid, "404", "404"]
    assert site.said() == []
    for pair in [
        ("FastAPI()", 'FastAPI(title="shop")'),
        ('title="shop"', 'title="market"'),
    ]:
        site.edit("shop.py", pair)
        pid = site.starts_anew("/process", pid)
    assert '"title":"market"' in site.ask("/openapi.json")
    assert len([line for line in site.program.lines if "restarting" in line]) == 2


def test_requests_that_do_not_wait_leave_middleware_to_the_save(site):
    """The line of a middleware takes longer than requests wait: those that come meanwhile make a stack without it. Its
    body is live as well, and the line is none that has read it."""
    line = 'app.add_middleware(Stamp, word="{word}", more=slowly(), names=NAMES)'
    text = FILES["shop.py"].replace("\n\n\nclass Item", f"\n{line.format(word='a')}\n\n\nclass Item", 1)
    site.write({"shop.py": f"from middle import Stamp, slowly\n\nNAMES = ['x']\n{text.lstrip()}", "middle.py": MIDDLE})
    site.serve(*SPELLINGS["plain"], "--port", str(site.port))
    pid = site.ask("/process")
    with Clients(site.port, path="/one") as clients:
        site.edit("shop.py", ('word="a"', 'word="b"'))
        until(lambda: site.ask("/one") and site.headers["x-stamp"] == "b", site.log)
    assert clients.lost == []
    assert site.said() == []
    site.edit("middle.py", ("self.word.encode()", '(self.word + "!").encode()'))
    until(lambda: site.ask("/one") and site.headers["x-stamp"] == "b!", site.log)
    assert site.ask("/process") == pid
    # A request that was under way is all that there is to say.
    assert [line for line in site.said() if " RL201 " not in line] == []


MIDDLE = """
import time


def slowly():
    time.sleep(1.5)


class Stamp:
    def __init__(self, app, word, more, names):
        self.app, self.word = app, word

    async def __call__(self, scope, receive, send):
        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-stamp", self.word.encode())]
            await send(message)

        await self.app(scope, receive, stamped)
"""
