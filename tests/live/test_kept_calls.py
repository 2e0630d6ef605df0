"""Calls that register something and whose value is kept by a name or as a default: edited, removed, put back."""

import pytest
from harness import Project
from probing import WAYS, probed

ADD = (
    "import itertools\ncount = itertools.count()\nR = {}\n"
    "def add(x):\n    i = next(count)\n    R[i] = x\n    return i\n"
)
LENGTH = "R = []\ndef add(x):\n    R.append(x)\n    return len(R) - 1\n"
NAMED = (
    "class Reg:\n    def __init__(self): self.ids, self.names = {}, []\n    def add(self, x):\n"
    "        self.names.append(x)\n        self.ids[x] = len(self.names) - 1\n        return self.ids[x]\n"
    "reg = Reg()\nadd, R = reg.add, reg.ids\n"
)
COUNTED = (
    "class Reg:\n    last = 0\n    def __init__(self): self.items, self.last = {}, 0\n    def add(self, x):\n"
    "        self.last += 1\n        self.items[self.last] = x\n        return self.last\n"
    "reg = Reg()\nadd, R = reg.add, vars(reg)\n"
)
TWO = "A = add('a')\nB = add('b')\nT = {'a': A, 'b': B}\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("head", [ADD, LENGTH, NAMED, COUNTED])
def test_another_argument_keeps_the_id(project: Project, head: str, way: str) -> None:
    done = probed(project, head + TWO, head + TWO.replace("'a')", "'z')"), "(m.R, m.A, m.B, m.T)", way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("head", [ADD, LENGTH, NAMED, COUNTED])
def test_one_that_went_is_named_and_may_come_back(project: Project, head: str) -> None:
    text = head + TWO.replace("T = {'a': A, 'b': B}\n", "")
    gone = text.replace("A = add('a')\n", "")
    done = probed(project, text, gone, "0")
    assert done.said == ["RL208", "RL235"], done
    project.write("m.py", text)
    report = project.watch().poll()
    m = project.load("m")
    values = list(m.R.values()) if isinstance(m.R, dict) else list(m.R)
    assert report.verdict == "live" and (m.A, m.B) in ((0, 1), (1, 2)) and str(values).count("'a'") <= 1, str(report)


@pytest.mark.parametrize("way", ["edit", "undo"])
def test_one_that_comes_above_others(project: Project, way: str) -> None:
    done = probed(project, LENGTH + TWO, LENGTH + "Z = add('z')\n" + TWO, "(m.R, m.B)", way=way)
    assert (done.said == ["RL235"]) if way == "edit" else done.right, done


OBJECTS = "class C:\n    all = []\n    def __init__(self, n):\n        self.n = n\n        C.all.append(self)\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", ["a = C(5)\nb = C(2)\n", "b = C(2)\n", "a = C(1)\n"])
def test_objects_that_their_class_keeps(project: Project, after: str, way: str) -> None:
    done = probed(
        project, OBJECTS + "a = C(1)\nb = C(2)\n", OBJECTS + after, "sorted(each.n for each in m.C.all)", way=way
    )
    assert done.right and not done.said, done


def test_what_a_call_only_looks_up_is_not_taken_out(project: Project) -> None:
    head = "R = {'a': [1], 'b': [2]}\nasked = []\ndef find(x):\n    asked.append(x)\n    return R[x]\n"
    done = probed(project, head + "A = find('a')\nB = 1\n", head + "B = 1\n", "m.R")
    assert done.right, done


def test_what_two_lines_ask_for_stays_for_the_other(project: Project) -> None:
    head = "P = {}\ndef pool(n):\n    if n not in P:\n        P[n] = [n]\n    return P[n]\n"
    before, after = "A = pool('x')\nB = pool('x')\n", "A = pool('y')\nB = pool('x')\n"
    done = probed(project, head + before, head + after, "(sorted(m.P), m.P['x'] is m.B)")
    assert done.right, done


REGISTER = "L = []\ndef register(x):\n    L.append(x)\n    return x\n"
DEFAULTS = REGISTER + "def f(a=register('x'), *, b=register('y')): return a, b\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("old", "new"), [("'x'", "'z'"), ("'y'", "'z'"), ("a=", "c=")])
def test_defaults(project: Project, old: str, new: str, way: str) -> None:
    after = DEFAULTS.replace(old, new, 1).replace("return a, b", "return c, b" if new == "c=" else "return a, b")
    done = probed(project, DEFAULTS, after, "(m.L, m.f())", way=way)
    assert done.right and not done.said, done


def test_a_default_that_calls_no_more_is_named_and_may_come_back(project: Project) -> None:
    text = REGISTER + "def f(a=register('x')): return a\n"
    done = probed(project, text, text.replace("register('x')): r", "1): r"), "m.f()")
    assert done.right and done.said == ["RL208"], done
    project.write("m.py", text)
    report = project.watch().poll()
    m = project.load("m")
    assert report.verdict == "live" and m.L == ["x"] and m.f() == "x", str(report)
