"""Statements of class bodies that are edited: what builds upon them, stands beside them on a line, reads them."""

import inspect
import sys

import pytest
import reloadr
from harness import Project, fresh

DATACLASS = "from dataclasses import dataclass, field\n"

#: Text, what of it is replaced by what, what is looked at, and the codes that are said.
EDITS: dict[str, tuple[str, tuple[str, str], str, set[str]]] = {
    "a list that lines below fill": (
        "class C:\n    L = [1]\n    L.append(9)\n    n = len(L)\nN = len(C.L)\n",
        ("[1]", "[1, 2]"),
        "C.L, C.n, N",
        set(),
    ),
    "a table of a nested class": (
        "class D:\n  class C:\n    T = {1: 2}\n    T.update({3: 4})\n    T['k'] = 5\n",
        ("{1: 2}", "{1: 3}"),
        "D.C.T",
        set(),
    ),
    "a table that names a method": (
        "class C:\n    T = {'k': 1}\n    def m(self): return 1\n    T['m'] = m\n",
        ("'k': 1", "'k': 2"),
        "C.T['k'], C.T['m'] is C.m",
        set(),
    ),
    "a table that a loop fills": (
        "class C:\n    T = {'a': 1}\n    for key in 'pq':\n        T[key] = 2\n",
        ("'a': 1", "'b': 1"),
        "C.T",
        set(),
    ),
    "a name that the module has too": (
        "L = [5]\nclass C:\n    L = [1]\n    L.append(9)\nL.append(6)\n",
        ("L = [1]", "L = [2]"),
        "C.L, L",
        set(),
    ),
    "one of two on the line of the class": ("class C: a = 1; b = [a]\n", ("a = 1", "a = 2"), "C.a, C.b", set()),
    "the second on its line": ("class C:\n    a = 1; b = [a]; c = b * 2\n", ("[a]", "[a, a]"), "C.b, C.c", set()),
    "an attribute that is read through a class below": (
        "class S:\n    X = 1\nclass T(S):\n    Y = S.X\nZ = T.X + 1\n",
        ("X = 1", "X = 2"),
        "Z, T.Y",
        set(),
    ),
    "an attribute that goes from a class to its base": (
        "class S:\n    X = 1\nclass T(S):\n    X = 3\n    y = 0\nZ = T.X + 1\nV = T.y\n",
        ("    X = 3\n    y = 0\n", "    y = 1\n"),
        "Z, T.X, V",
        set(),
    ),
    "slots for the fields of a dataclass": (
        f"{DATACLASS}@dataclass\nclass C:\n    x: int = 1\n    y: list = field(default_factory=list)\n"
        "    z: int = field(default=3)\n    def total(self): return self.x + self.z\n",
        ("@dataclass\n", "@dataclass(slots=True)\n"),
        "C().x, C(2).total(), C().y, hasattr(C(), '__dict__')",
        set(),
    ),
    "slots for the field of a dataclass with a parent": (
        f"{DATACLASS}class B:\n    __slots__ = ()\n    def m(self): return 5\n"
        "@dataclass\nclass C(B):\n    x: int = 1\n",
        ("@dataclass\n", "@dataclass(slots=True)\n"),
        "C().x, C(2).m(), hasattr(C(), '__dict__')",
        set(),
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_they_follow(project: Project, name: str) -> None:
    """After the edit, after it was taken back in the file, after the edit again, after `undo()`."""
    before, (old, new), looked_at, codes = EDITS[name]
    after = before.replace(old, new, 1)
    module = project.start("bodies", before)
    watcher = project.watch(module)
    for text in (after, before, after):
        assert repr(eval(looked_at, vars(module))) != fresh(module, text, looked_at)
        project.write("bodies", text)
        report = watcher.poll()
        assert {reason.code for reason in report.reasons} == codes, report
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(eval(looked_at, vars(module))) == fresh(module, before, looked_at)


def test_what_a_program_put_into_a_table_of_a_class_is_named(project: Project) -> None:
    text = "class C:\n    T = {'a': 1}\n    T['b'] = 2\n"
    module = project.start("bodies", text)
    watcher = project.watch(module)
    module.C.T["z"] = 3
    project.write("bodies", text.replace("'a': 1", "'a': 4"))
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL226", "C.T")]
    assert module.C.T == {"a": 4, "b": 2}


MAKING = "def make(n):\n    class Made:\n        a = 3\n        b = 300, n\n    return Made\n"


@pytest.mark.skipif(sys.version_info < (3, 13), reason="a class knows its line from CPython 3.13 on")
@pytest.mark.parametrize("above", ["X = 1\n", "X = 1\nY = 2\n", "X = 1\n" + "#\n" * 298, "X = 1\n" + "#\n" * 1000])
def test_a_class_that_a_moved_function_makes_knows_its_line(project: Project, above: str) -> None:
    """The line may be one of the body's other numbers, which stay."""
    module = project.start("m", MAKING)
    watcher = project.watch()
    for text in (above + MAKING, MAKING, "#\n" + above + MAKING):
        project.write("m", text)
        watcher.poll()
        made = module.make(1)
        assert inspect.getsource(made).startswith("    class Made:") and (made.a, made.b) == (3, (300, 1))
        assert made.__firstlineno__ == text.count("\n", 0, text.index("class Made")) + 1
    reloadr.undo()
    assert module.make(1).__firstlineno__ == 2
