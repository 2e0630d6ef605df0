"""A function or an instance that is come to by way of what holds it, whatever holds it: it follows, or is named."""

from __future__ import annotations

import sys

import pytest
from harness import Project
from probing import probed

#: What makes it of `f`, what gives `f` again, all that it holds, and what stands above.
SLOTS = "class H:\n    __slots__ = ('f',)\n    def __init__(self, f): self.f = f\n"
HELD = {
    "a list": ("[f]", "D[0]", "D", ""),
    "a tuple": ("(f,)", "D[0]", "D", ""),
    "a dict": ("{'f': f}", "D['f']", "D.values()", ""),
    "a dict made of one": ("{'f': f}", "{**D}['f']", "{**D}.values()", ""),
    "a deque": ("collections.deque([f])", "D[0]", "D", "import collections\n"),
    "a set": ("{f}", "[*D][0]", "D", ""),
    "a frozenset": ("frozenset({f})", "[*D][0]", "D", ""),
    "an attribute": ("H(f)", "D.f", "[D.f]", "class H:\n    def __init__(self, f): self.f = f\n"),
    "a slot": ("H(f)", "D.f", "[D.f]", SLOTS),
    "a slot in a list": ("[H(f)]", "D[0].f", "[D[0].f]", SLOTS),
    "a field": (
        "H(f)",
        "D.f",
        "[D.f]",
        "import dataclasses\n@dataclasses.dataclass(slots=True)\nclass H:\n    f: object\n",
    ),
    "a named tuple": ("H(f)", "D.f", "D", "import collections\nH = collections.namedtuple('H', 'f')\n"),
}
if sys.version_info >= (3, 14):
    HELD["a template's values"] = ("t'{f}'", "D.values[0]", "D.values", "")
    HELD["a template"] = ("t'{f}'", "D.interpolations[0].value", "[p.value for p in D if not isinstance(p, str)]", "")
if sys.version_info >= (3, 15):
    HELD["a frozendict"] = ("frozendict(f=f)", "D['f']", "D.values()", "")
    HELD["unpacked dicts"] = ("[{'f': f}]", "{**d for d in D}['f']", "{**d for d in D}.values()", "")
    HELD["unpacked lists"] = ("[[f]]", "[*d for d in D][0]", "[*d for d in D]", "")

FUNCTION = "def f(): return 'a'\n"
CALLS = [
    "X = {one}()\n",
    "X = [g() for g in {all}]\n",
    "X = []\nfor g in {all}:\n    X.append(g())\n",
    "def run(): return {one}()\nX = run()\n",
    "def run(): return [g() for g in {all}]\nX = run()\n",
]
INSTANCE = (
    "class C:\n    v = 'a'\n    def m(self): return 'a'\n    def __str__(self): return 'a'\n"
    "    def __format__(self, how): return 'a'\nf = C()\n"
)
ASKS = [
    "X = {one}.v\n",
    "X = {one}.m()\n",
    "X = str({one})\n",
    "N = {one}\nX = f'{N}'\n",
    "X = [g.m() for g in {all}]\n",
    "X = ''.join(str(g) for g in {all})\n",
]


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize(("above", "use"), [*((FUNCTION, use) for use in CALLS), *((INSTANCE, use) for use in ASKS)])
def test_it_follows_or_is_named(project: Project, held: str, above: str, use: str) -> None:
    made, one, every, head = HELD[held]
    before = f"{head}{above}D = {made}\n{use.replace('{one}', one).replace('{all}', every)}"
    done = probed(project, before, before.replace("'a'", "'b'"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done
