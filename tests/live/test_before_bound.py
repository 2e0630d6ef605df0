"""A line that comes to stand above what binds a name it reads: a fresh process ends there, so the save is rejected.

LIMIT = size() + 1                 # put above `def size()`
def size(): return 3
"""

import pytest
from harness import Project

REJECTED = {
    "a new line": ("def f(): return 1\n", "A = f()\ndef f(): return 1\n"),
    "an edited line": ("A = 0\nX = 5\n", "A = X\nX = 5\n"),
    "a default": ("X = 5\ndef f(x=1): return x\nY = 1\n", "def f(x=X): return x\nX = 5\nY = 1\n"),
    "a default of a method": (
        "class C:\n    def f(self): ...\nX = 5\n",
        "class C:\n    def f(self, x=X): ...\nX = 5\n",
    ),
    "an attribute of a class": ("class C:\n    a = 1\nX = 5\n", "class C:\n    a = X\nX = 5\n"),
    "a base": ("class K: pass\nclass C: pass\n", "class C(K): pass\nclass K: pass\n"),
    "a decorator": ("def d(f): return f\ndef g(): ...\n", "@d\ndef g(): ...\ndef d(f): return f\n"),
    "what it reads has moved": ("X = 5\nA = X + 1\nB = 2\n", "A = X + 1\nB = 2\nX = 5\n"),
    "what it reads is imported below": ("import os\nA = os.sep\nB = 1\n", "A = os.sep\nB = 1\nimport os\n"),
    "a line above an edited one": ("X = 5\nA = X\n", "A = X\nX = 6\n"),
}
LIVE = {
    "a function that is called later": ("X = 5\ndef f(): return 1\n", "def f(): return X\nX = 5\n"),
    "a lambda": ("X = 5\n", "f = lambda: X\nX = 5\n"),
    "what is not evaluated": ("X = 5\n", "A = 1 if True else X\nB = 0 and X\nX = 5\n"),
    "a name of the class": ("class C: pass\nX = 5\n", "class C:\n    X = 1\n    a = X\nX = 5\n"),
    "a name of a comprehension": ("x = 5\n", "A = [x for x in (1, 2)]\nx = 5\n"),
    "a name of the interpreter": ("len = len\n", "A = len('a')\nlen = len\n"),
    "what another line above binds": ("X = 5\n", "if True:\n    X = 4\nA = X\nX = 5\n"),
    "what a star brings": ("from math import *\npi = 3\n", "from math import *\nA = pi\npi = 3\n"),
    "what a function binds": (
        "def f():\n    global X\n    X = 1\nf()\nX = 2\n",
        "def f():\n    global X\n    X = 1\nf()\nA = X\nX = 2\n",
    ),
    "what is tried": ("X = 5\n", "try:\n    A = X\nexcept NameError:\n    A = 0\nX = 5\n"),
    "an annotation of a function": ("X = int\n", "from __future__ import annotations\ndef f(a: X): ...\nX = int\n"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_it_is_rejected_and_mended(project: Project, case: str) -> None:
    before, after = REJECTED[case]
    module = project.start("m", before)
    held = {name: value for name, value in vars(module).items() if name[:2] != "__"}
    watcher = project.watch()
    project.write("m", after)
    report = watcher.poll()
    assert report.verdict == "rejected" and "NameError" in str(report), report
    assert {name: value for name, value in vars(module).items() if name[:2] != "__"} == held
    project.write("m", before)
    assert watcher.poll().verdict == "nothing"


@pytest.mark.parametrize("case", LIVE)
def test_it_is_not_where_a_fresh_process_starts(project: Project, case: str) -> None:
    before, after = LIVE[case]
    project.start("m", before)
    watcher = project.watch()
    project.write("m", after)
    report = watcher.poll()
    exec(compile(after, "m.py", "exec"), {"__name__": "m"})
    assert report.verdict in ("live", "caveat"), report
