"""An object that a line makes anew takes the earlier one's place wherever that is held, or its holder is named."""

import pytest
from harness import Project
from probing import WAYS, probed
from reloadr.engine.follow import aliases

APP = (
    "class App:\n    def __init__(self, *r): self.r = r\n    def get(self): return self.r\n"
    "class Server: pass\nS = Server()\napp = App(1)\n"
)
#: Lines below, what the program does with `m.app` as it runs, and what is looked at.
FOLLOWING = {
    "attribute": ("", "m.S.app = m.app", "m.S.app.r"),
    "attribute of an object that has no name": ("", "s = m.Server(); s.app = m.app", "s.app.r"),
    "item": ("L = []\n", "m.L.append(m.app)", "m.L[0].r"),
    "value": ("D = {}\n", "m.D['a'] = m.app", "m.D['a'].r"),
    "deeper": ("D = {'x': [{'y': []}]}\n", "m.D['x'][0]['y'].append(m.app)", "m.D['x'][0]['y'][0].r"),
    "closure": ("def make(a):\n    return lambda: a.r\n", "f = m.make(m.app)", "f()"),
    "default": ("def g(a=None): return a.r\n", "m.g.__defaults__ = (m.app,)", "m.g()"),
    "attribute of a class": ("", "m.Server.a = m.app", "m.Server.a.r"),
    "name given at run time": ("", "m.app2 = m.app", "m.app2.r"),
    "handed to __init__": ("class W:\n    def __init__(self, a): self.a = a\nw = W(app)\n", "", "m.w.a.r"),
    "attribute of a thread": ("import threading\nL = threading.local()\n", "m.L.a = m.app", "m.L.a.r"),
    "attribute of a thread, in an object": (
        "import threading\nclass Mine(threading.local): pass\nS.mine = Mine()\n",
        "m.S.mine.a = m.app",
        "m.S.mine.a.r",
    ),
    "nobody": ("", "", "m.app.r"),
}
NAMED = {
    "key": ("D = {}\n", "m.D[m.app] = 1", "m.D"),
    "set": ("D = set()\n", "m.D.add(m.app)", "m.D"),
    "tuple": ("D = []\n", "m.D.append((m.app,))", "a tuple in"),
    "bound method": ("D = []\n", "m.D.append(m.app.get)", "App.get"),
    "slot": ("class Z:\n    __slots__ = ('a',)\nz = Z()\n", "m.z.a = m.app", "m.z"),
    "generator": ("def gen(a):\n    while True: yield a.r\n", "g = m.gen(m.app); next(g)", "generator"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str, way: str) -> None:
    more, setup, look = FOLLOWING[case]
    text = APP + more
    done = probed(project, text, text.replace("App(1)", "App(1, 2)"), look, way=way, setup=setup)
    assert done.right and not done.said, done


@pytest.mark.parametrize("case", NAMED)
def test_is_named(project: Project, case: str) -> None:
    more, setup, where = NAMED[case]
    text = APP + more
    done = probed(project, text, text.replace("App(1)", "App(1, 2)"), "0", setup=setup)
    assert done.said == ["RL234"] and where in str(done.report.reasons[0]), str(done.report)


def test_a_dict_of_the_source(project: Project) -> None:
    text = "class S: pass\ns = S()\nC = {'a': 1}\n"
    done = probed(project, text, text.replace("1}", "2}"), "m.s.c", setup="m.s.c = m.C")
    assert done.right, done


def test_what_a_function_gave_may_be_others(project: Project) -> None:
    text = "import logging\nclass S: pass\ns = S()\nlog = logging.getLogger('one')\n"
    done = probed(project, text, text.replace("'one'", "'two'"), "m.s.log.name", setup="m.s.log = m.log")
    assert done.now == "'one'" and done.said == ["RL234"], done
    assert "m.s.log" in str(done.report.reasons[0])


def test_another_name_of_the_source_keeps_it(project: Project) -> None:
    text = APP + "first = App(0)\ncurrent = first\n"
    after = text.replace("current = first", "current = App(9)")
    done = probed(project, text, after, "(m.S.app is m.first, m.current.r)", setup="m.S.app = m.first")
    assert done.right and not done.said, done


def test_nobody_is_looked_for_where_nobody_holds_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    monkeypatch.setattr(aliases, "referrers", lambda *_: passes.append(1) or ([], []))
    done = probed(project, APP, APP.replace("App(1)", "App(1, 2)"), "m.app.r")
    assert done.right and not passes


def test_every_thread_has_the_new_one(project: Project) -> None:
    text = APP + (
        "import threading\nlocal, go, seen = threading.local(), threading.Event(), []\n"
        "def work(ready):\n    local.app = app\n    ready.set()\n    go.wait()\n    seen.append(local.app.r)\n"
        "threads = [(threading.Thread(target=work, args=(e,)), e) for e in (threading.Event(), threading.Event())]\n"
    )
    m = project.start("m", text)
    for thread, ready in m.threads:
        thread.start()
        assert ready.wait(20)
    watcher = project.watch()
    project.write("m", text.replace("app = App(1)", "app = App(2)"))
    report = watcher.poll()
    m.go.set()
    for thread, _ in m.threads:
        thread.join(20)
    assert report.verdict == "live" and m.seen == [(2,), (2,)], (str(report), m.seen)


DECORATED = (
    "import threading\nclass S: pass\ns, D, L = S(), {}, threading.local()\n"
    "def twice(f):\n    def wrapper(): return 2 * f()\n    return wrapper\n"
)


@pytest.mark.parametrize("where", ["m.s.call", "m.D['f']", "m.L.call"])
@pytest.mark.parametrize("after", ["@twice\ndef f(): return 1\n", "f = twice(lambda: 3)\n"])
def test_a_function_that_was_wrapped_is_named_where_it_is_held(project: Project, where: str, after: str) -> None:
    before = DECORATED + "def f(): return 1\n"
    done = probed(project, before, DECORATED + after, "0", setup=f"{where} = m.f")
    assert "RL234" in done.said and where in str(done.report), done


@pytest.mark.parametrize("where", ["m.s.call", "m.D['f']", "m.L.call"])
@pytest.mark.parametrize("way", WAYS)
def test_a_lambda_with_other_parameters_takes_the_place_of_the_earlier_one(
    project: Project, where: str, way: str
) -> None:
    before, after = DECORATED + "f = lambda: 1\n", DECORATED + "f = lambda x=2: x\n"
    done = probed(project, before, after, f"{where}()", way=way, setup=f"{where} = m.f")
    assert done.right and not done.said, done


@pytest.mark.parametrize("where", ["m.s.cls", "m.D['f']", "m.L.cls"])
def test_a_class_that_was_made_anew_is_held_by_those_who_held_it(project: Project, where: str) -> None:
    before = DECORATED + "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int\n"
    done = probed(project, before, before + "    b: int = 2\n", f"{where}._fields", setup=f"{where} = m.P")
    assert done.right and done.said == [], done


def test_what_decorators_keep_of_a_function_is_theirs(project: Project) -> None:
    head = DECORATED + "R = []\ndef kept(f):\n    R.append(f)\n    return twice(f)\n"
    done = probed(project, head + "def f(): return 1\n", head + "@kept\ndef f(): return 1\n", "m.R[0]()")
    assert done.right and not done.said, done
