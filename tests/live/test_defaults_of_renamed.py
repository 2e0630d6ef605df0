"""Defaults and annotations that read what changed are computed anew where the same save renames their function,
whichever way each of them reads it.

LIMIT = 1                          # edited
def size(x=LIMIT, y=conf.LIMIT): ...    # was called `length`
"""

import pytest
from harness import Project
from probing import WAYS, Files, probed

HEAD = """import functools, base
from base import K
J = K * 2
def wrap(f):
    @functools.wraps(f)
    def i(*a, **k): return f(*a, **k)
    return i
"""
CLASS = "class {0}:\n    k = K\n    def {1}(self, x=k, y=K, z=base.K): return x\nF = {0}.{1}\n"
CASES = {
    "a function": ("def f(x=K, *, y: K = base.K): return x\nF = f\n", "def g(x=K, *, y: K = base.K): ...\nF = g\n"),
    "a wrapped one": ("@wrap\ndef f(x=K): return x\nF = f\n", "@wrap\ndef g(x=K): return x\nF = g\n"),
    "with another parameter": ("def f(x=K): return x\nF = f\n", "def g(x=K, *, w=1): return x\nF = g\n"),
    "a method": (CLASS.format("C", "f"), CLASS.format("C", "g")),
    "one of a class that is renamed": (CLASS.format("C", "f"), CLASS.format("D", "f")),
    "one that stays": ("def f(x=K, *, y=base.K, z=K + base.K, w=J + K): return x\nF = f\n",) * 2,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_they_are_those_of_a_fresh_process(project: Project, case: str, way: str) -> None:
    before, after = CASES[case]
    old: Files = {"base.py": "K = 1\n", "m.py": HEAD + before}
    new: Files = {"base.py": "K = 2\n", "m.py": HEAD + after}
    done = probed(project, old, new, "__import__('inspect').signature(m.F)", way=way)
    assert done.right and not done.said, done
