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
