"""Defaults that read what changed are computed anew where the same save changes the decorators of their function.

RATE = 0.1                         # edited
@route("/net")                     # edited, new, or gone
def net(x, rate=RATE): ...
"""

import pytest
from harness import Project
from probing import WAYS, Files, probed

HEAD = """import functools, base
from base import K
def tag(x):
    def d(f):
        f.tag = x
        return f
    return d
def wrap(f):
    @functools.wraps(f)
    def i(*a, **k): return f(*a, **k)
    i.seen = f.__defaults__, f.__kwdefaults__
    return i
"""
PLAIN = "def f(x=K, *, y=base.K + 1): return x\n"
METHOD = "class C:\n    k = K\n    {0}def f(self, x=k, y=K): return x\nf = C.f\n"
CASES = {
    "one that comes": (PLAIN, "@wrap\n" + PLAIN),
    "one that goes": ("@wrap\n" + PLAIN, PLAIN),
    "another argument": ("@tag(1)\n" + PLAIN, "@tag(2)\n" + PLAIN),
    "one above another": ("@wrap\n" + PLAIN, "@tag(1)\n@wrap\n" + PLAIN),
    "of the library": ("@wrap\n" + PLAIN, "@functools.cache\n" + PLAIN),
    "with another parameter": (PLAIN, "@wrap\ndef f(z=0, x=K, *, w=5, y=base.K + 1): return x\n"),
    "with another body": (PLAIN, "@wrap\n" + PLAIN.replace("return x", "return y")),
    "of a method": (METHOD.format(""), METHOD.format("@wrap\n    ")),
    "of a method with another parameter": (METHOD.format(""), METHOD.format("@wrap\n    ").replace("y=K", "y=K, z=0")),
    "an annotation as well": ("def f(x: K = K): return x\n", "@wrap\ndef f(x: K = K): return x\n"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_they_are_those_of_a_fresh_process(project: Project, case: str, way: str) -> None:
    before, after = CASES[case]
    old: Files = {"base.py": "K = 1\n", "m.py": HEAD + before}
    new: Files = {"base.py": "K = 2\n", "m.py": HEAD + after}
    look = "__import__('inspect').signature(m.f), vars(m.f).get('seen'), vars(m.f).get('tag')"
    done = probed(project, old, new, look, way=way)
    assert done.right, done
