"""A constant or a function changes: what was computed from it, however far away, is right, or named with its line."""

import pytest
from harness import Project
from reloadr import Report

HEAD = """\
import dataclasses, enum, functools, itertools, threading, typing
LIMIT = 1
class C:
    def __init__(self): self.value = LIMIT
    def get(self): return LIMIT
    @classmethod
    def made(cls): return LIMIT
    @property
    def shown(self): return LIMIT
def f(): return LIMIT
lam = lambda: LIMIT
@functools.lru_cache
def cached(): return LIMIT
def given(n):
    def decorate(function):
        function.n = n
        return function
    return decorate
"""

#: In the place of `LIMIT =`, where a function gives the value.
CALLED = "def top(): return"

#: What is computed while the module is loaded, and what of it is looked at.
COMPUTED = {
    "X = C().value": "X",
    "X = C().get()": "X",
    "obj = C()": "obj.value",
    "X = C.made()": "X",
    "X = C().shown": "X",
    "X = lam()": "X",
    "X = cached()": "X",
    "X = list(map(lambda x: x + LIMIT, [1]))": "X",
    "def add(x): return x + LIMIT\nX = list(map(add, [1]))": "X",
    "if LIMIT > 1:\n    X = True\nelse:\n    X = False": "X",
    "for i in range(LIMIT):\n    X = i": "X",
    "Z = []\nwhile len(Z) < 3 + LIMIT: Z.append(0)": "Z",
    "try:\n    X = 1 / (LIMIT - 1)\nexcept ZeroDivisionError:\n    X = 'zero'": "X",
    "with open('/dev/null') as file:\n    X = LIMIT": "X",
    "class D:\n    limit = LIMIT\n    def m(self, x=LIMIT): return x\nX = D().m()": "X",
    "class D:\n    limit = LIMIT\nX = D().limit": "X",
    "class D:\n    limit = LIMIT\n    def m(self): return self.limit\nd = D()\nX = d.m()": "X",
    "a = b = LIMIT": "(a, b)",
    "(c, *d) = [LIMIT, 2, 3]": "(c, d)",
    "Z = [LIMIT]\nZ.append(7)": "Z",
    "Z = []\nZ.append(LIMIT)": "Z",
    "Z = []\nfor i in range(LIMIT): Z.append(i)": "Z",
    "Z = {}\nZ['x'] = f()": "Z",
    "Z = []\nZ += [LIMIT]": "Z",
    "@dataclasses.dataclass\nclass D:\n    x: int = LIMIT": "D().x",
    "@dataclasses.dataclass\nclass D:\n    x: int = f()": "D().x",
    "class E(enum.Enum):\n    A = f()": "E.A.value",
    "class N(typing.NamedTuple):\n    a: int = f()": "N().a",
    "h = lambda x=LIMIT: x": "h()",
    "def k(x=f()): return x": "k()",
    "def k(x=LIMIT): return x\nX = k()": "X",
    "@given(LIMIT)\ndef k(): return k.n": "k()",
    "@given(f())\ndef k(): return k.n": "k()",
    "local = threading.local()\nlocal.x = LIMIT": "local.x",
    "O = type('O', (), {'x': LIMIT})": "O.x",
    "match LIMIT:\n    case 1:\n        X = 'one'\n    case _:\n        X = 'more'": "X",
    "X = {k: v for k, v in zip('ab', (LIMIT, f()))}": "X",
    "X = itertools.count(LIMIT)": "next(X)",
    "def closure():\n    y = LIMIT\n    return lambda: y\nX = closure()": "X()",
    "X = 0\ndef store():\n    global X\n    X = LIMIT\nstore()": "X",
    "class B:\n    items = []\n    items.append(LIMIT)": "B.items",
    "class B:\n    def m(self): return 1\n    m.limit = LIMIT": "B.m.limit",
    "class B:\n    x = LIMIT\nclass D(B):\n    y = B.x + 1\nb = B()\nb.z = D.y": "(D.y, b.z)",
}

#: What reads the constant when it is called: right by itself, and nothing to speak of.
LATER = {
    "g = f": "g()",
    "h = lambda: LIMIT": "h()",
    "table = {'f': f, 'later': lambda: LIMIT}": "(table['f'](), table['later']())",
    "def outer():\n    def inner(): return LIMIT\n    return inner\nX = outer()": "X()",
    "part = functools.partial(f)": "part()",
    "def wraps(f):\n    def wrapper(): return f() + LIMIT\n    return wrapper\n@wraps\ndef k(): return 1": "k()",
}


def edited(project: Project, name: str, text: str, looked_at: str, *, by_call: bool) -> tuple[object, object, Report]:
    """The values in the patched module and in a fresh one, and the report."""
    before = HEAD + text + "\n"
    after = before.replace("LIMIT = 1", "LIMIT = 2")
    if by_call:
        before, after = (each.replace("LIMIT", "top()").replace("top() =", CALLED) for each in (before, after))
    module = project.start(name, before)
    watcher = project.watch(module)
    project.write(name, after)
    report = watcher.poll()
    fresh: dict[str, object] = {"__name__": "fresh"}
    exec(after, fresh)
    return eval(looked_at, vars(module)), eval(looked_at, fresh), report


@pytest.mark.parametrize("by_call", [False, True], ids=["constant", "function"])
@pytest.mark.parametrize("text", COMPUTED)
def test_computed_values_are_right_or_named(project: Project, text: str, by_call: bool) -> None:
    """As in a fresh process; where not, a reason stands at one of the lines that computed it."""
    now, fresh, report = edited(project, "computed", text, COMPUTED[text], by_call=by_call)
    if now != fresh:
        first = HEAD.count("\n") + 1
        lines = [reason.line for reason in report.reasons if reason.verdict == "caveat"]
        assert any(first <= line <= first + text.count("\n") for line in lines), (now, fresh, str(report))


@pytest.mark.parametrize("by_call", [False, True], ids=["constant", "function"])
@pytest.mark.parametrize("text", LATER)
def test_what_is_computed_later_is_no_matter(project: Project, text: str, by_call: bool) -> None:
    """No caveat for functions that will read the new value when they are called."""
    now, fresh, report = edited(project, "later", text, LATER[text], by_call=by_call)
    assert now == fresh
    assert report.verdict == "live", report
