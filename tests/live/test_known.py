"""The objects of frameworks that plug-ins ask for: all of them, and no look through the heap at each save."""

import copy
import gc
import pickle
import sys
import types

import pytest
from reloadr.integrations import known
from reloadr.integrations.known import Known


@pytest.fixture
def Router(monkeypatch):
    """A framework's class, whose instances come to be in three ways."""

    class Router:
        def __init__(self, name):
            self.name = name

        def part(self):
            made = object.__new__(type(self))
            made.name = self.name + " part"
            return made

        @classmethod
        def read(cls, name):
            made = object.__new__(cls)
            made.name = name
            return made

    Router.__module__, Router.__qualname__ = "routers", "Router"
    module = types.ModuleType("routers")
    module.Router = Router
    monkeypatch.setitem(sys.modules, "routers", module)
    return Router


@pytest.fixture
def looks(monkeypatch):
    """How often the heap was looked through."""
    seen = []
    plain = known.instances
    monkeypatch.setattr(known, "instances", lambda *classes: seen.append(1) or plain(*classes))
    return seen


def names(found):
    return sorted(each.name for each in found)


def test_each_is_known_however_it_was_made(Router, looks):
    before = Router("before")
    routers = Known("routers.Router", "__init__", "part", "read")
    assert names(routers()) == ["before"]
    made = [Router("made"), type("Own", (Router,), {})("own"), before.part(), Router.read("read")]
    assert names(routers()) == ["before", "before part", "made", "own", "read"] and len(looks) == 1
    copied = copy.copy(before), copy.deepcopy(made[0]), pickle.loads(pickle.dumps(before))
    assert len(routers()) == 8 and len(looks) == 2
    assert len(routers()) == 8 and len(looks) == 2
    del made, copied, before
    gc.collect()
    assert routers() == []


FASTAPI = """
from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter()


@router.get("/one")
def one(n: int = 1):
    return n


app.include_router(router)
"""


def test_a_save_of_a_web_application_does_not_look_for_its_objects(project, looks):
    pytest.importorskip("fastapi")
    testing = pytest.importorskip("fastapi.testclient")
    module = project.start("m", FASTAPI)
    watcher = project.watch()
    asked = testing.TestClient(module.app)
    texts = [FASTAPI.replace("return n", f"return n + {number}") for number in range(3)]
    texts.append(texts[-1] + '\n\n@app.get("/two")\ndef two():\n    return 2\n')
    for number, text in enumerate(texts):
        project.write("m", text)
        assert str(watcher.poll().verdict) == "live"
        assert asked.get("/one").json() == 1 + min(number, 2)
        if not number:
            looks.clear()
    assert asked.get("/two").json() == 2 and looks == []


JINJA = """
import jinja2

env = jinja2.Environment(loader=jinja2.DictLoader({"page": "{{ 2 | twice }}", "other": "{{ 3 | twice }}"}))


def twice(value):
    return value * 2


env.filters["twice"] = twice
page = env.get_template("page")
env.get_template("other")
"""


def test_templates_that_nobody_holds_are_not_compiled_again(project, monkeypatch):
    """They may live on until the collector comes."""
    jinja2 = pytest.importorskip("jinja2")
    module = project.start("m", JINJA)
    watcher = project.watch()
    compiled = []
    plain = jinja2.Environment.compile
    monkeypatch.setattr(
        jinja2.Environment,
        "compile",
        lambda self, source, name=None, *more, **options: (
            compiled.append(name) or plain(self, source, name, *more, **options)
        ),
    )
    for factor in (3, 4):
        project.write("m", JINJA.replace("value * 2", f"value * {factor}"))
        watcher.poll()
        assert module.page.render() == str(2 * factor)
    assert compiled == ["page", "page"]
