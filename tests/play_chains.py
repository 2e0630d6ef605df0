"""Plays random chains of modules: something in the first is edited, the last computed a value by way of all others.

    python tests/play_chains.py [--chains 200] [--first 0] [--verbose]

A link is one of the ways in which programs hand things on: a function, a method, a default, a decorator, a table, a
metaclass, ... Each save is compared with a fresh process. A difference that no report has named is silent; exit status
1 if there is one.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import reloadr

#: What is edited in the first module `a`: its text, how it gives 1, and what is 2 in its place then.
THINGS = {
    "function": (
        "def f(): return 1\n",
        16,
        "a.f()",
    ),
    "method": (
        "class Cart:\n    def total(self): return 1\n",
        40,
        "a.Cart().total()",
    ),
    "number": (
        "N = 1\n",
        4,
        "a.N",
    ),
    "classattr": (
        "class K:\n    x = 1\n",
        17,
        "a.K.x",
    ),
    "instattr": (
        "class K:\n    x = 1\n",
        17,
        "a.K().x",
    ),
    "entry": (
        'D = {"k": 1}\n',
        10,
        'a.D["k"]',
    ),
    "default": (
        "def f(x=1): return x\n",
        8,
        "a.f()",
    ),
    "lambda": (
        "f = lambda: 1\n",
        12,
        "a.f()",
    ),
    "prop": (
        "class K:\n    @property\n    def x(self): return 1\n",
        47,
        "a.K().x",
    ),
    "static": (
        "class K:\n    @staticmethod\n    def x(): return 1\n",
        47,
        "a.K.x()",
    ),
    "clsm": (
        "class K:\n    @classmethod\n    def x(cls): return 1\n",
        49,
        "a.K.x()",
    ),
    "init": (
        "class K:\n    def __init__(self): self.x = 1\n",
        42,
        "a.K().x",
    ),
    "call": (
        "class K:\n    def __call__(self): return 1\nk = K()\n",
        40,
        "a.k()",
    ),
    "enum": (
        "import enum\nclass E(enum.Enum):\n    A = 1\n",
        40,
        "a.E.A.value",
    ),
    "dc": (
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n",
        64,
        "a.P().x",
    ),
    "nt": (
        'import collections\nP = collections.namedtuple("P", "x", defaults=[1])\n',
        66,
        "a.P().x",
    ),
    "tnt": (
        "import typing\nclass P(typing.NamedTuple):\n    x: int = 1\n",
        55,
        "a.P().x",
    ),
    "doc": (
        'def f():\n    "1"\n',
        14,
        "int(a.f.__doc__)",
    ),
    "tuple": (
        "T = (1, 5)\n",
        5,
        "a.T[0]",
    ),
    "base": (
        "class B:\n    def t(self): return 1\nclass K(B): pass\n",
        33,
        "a.K().t()",
    ),
    "deco": (
        "def d(f):\n    return lambda: 1\n@d\ndef f(): pass\n",
        29,
        "a.f()",
    ),
    "closure": (
        "def mk():\n    def inner(): return 1\n    return inner\nf = mk()\n",
        34,
        "a.f()",
    ),
    "gen": (
        "def f():\n    yield 1\n",
        19,
        "next(a.f())",
    ),
    "len": (
        "class K:\n    def __len__(self): return 1\n",
        39,
        "len(a.K())",
    ),
    "getitem": (
        "class K:\n    def __getitem__(self, k): return 1\n",
        46,
        'a.K()["x"]',
    ),
    "ctx": (
        "import contextlib\n@contextlib.contextmanager\ndef f():\n    yield 1\n",
        64,
        "a.f().__enter__()",
    ),
    "sd": (
        "import functools\n@functools.singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: int): return 1\n",
        96,
        "a.f(3)",
    ),
    "ann": (
        "def f(x: 1): pass\n",
        9,
        'a.f.__annotations__["x"]',
    ),
}
#: How a module hands on what it is given as `{E}`, and how that is had from it.
LINKS = {
    "func": (
        "def g(): return {E}\n",
        "{M}.g()",
    ),
    "value": (
        "X = {E}\n",
        "{M}.X",
    ),
    "method": (
        "class C:\n    def m(self): return {E}\n",
        "{M}.C().m()",
    ),
    "methodi": (
        "class C:\n    def m(self): return {E}\nc = C()\n",
        "{M}.c.m()",
    ),
    "attr": (
        "class C:\n    v = {E}\n",
        "{M}.C.v",
    ),
    "attri": (
        "class C:\n    v = {E}\nc = C()\n",
        "{M}.c.v",
    ),
    "init": (
        "class C:\n    def __init__(self): self.v = {E}\n",
        "{M}.C().v",
    ),
    "initi": (
        "class C:\n    def __init__(self): self.v = {E}\nc = C()\n",
        "{M}.c.v",
    ),
    "default": (
        "def g(x={E}): return x\n",
        "{M}.g()",
    ),
    "lam": (
        "g = lambda: {E}\n",
        "{M}.g()",
    ),
    "closure": (
        "def mk():\n    def inner(): return {E}\n    return inner\ng = mk()\n",
        "{M}.g()",
    ),
    "closure2": (
        "def mk():\n    x = {E}\n    return lambda: x\ng = mk()\n",
        "{M}.g()",
    ),
    "table": (
        'def g(): return {E}\nT = {{"g": g}}\n',
        '{M}.T["g"]()',
    ),
    "list": (
        "L = [{E}]\n",
        "{M}.L[0]",
    ),
    "append": (
        "L = []\nL.append({E})\n",
        "{M}.L[0]",
    ),
    "dict": (
        'D = {{}}\nD["x"] = {E}\n',
        '{M}.D["x"]',
    ),
    "dictd": (
        'D = {{"x": {E}}}\n',
        '{M}.D["x"]',
    ),
    "prop": (
        "class C:\n    @property\n    def p(self): return {E}\n",
        "{M}.C().p",
    ),
    "propi": (
        "class C:\n    @property\n    def p(self): return {E}\nc = C()\n",
        "{M}.c.p",
    ),
    "static": (
        "class C:\n    @staticmethod\n    def s(): return {E}\n",
        "{M}.C.s()",
    ),
    "clsm": (
        "class C:\n    @classmethod\n    def s(cls): return {E}\n",
        "{M}.C.s()",
    ),
    "partial": (
        "import functools\ndef g0(x): return {E}\ng = functools.partial(g0, 1)\n",
        "{M}.g()",
    ),
    "deco": (
        "def d(f):\n    def w(): return {E}\n    return w\n@d\ndef g(): pass\n",
        "{M}.g()",
    ),
    "deco2": (
        "def d(f):\n    f.v = {E}\n    return f\n@d\ndef g(): pass\n",
        "{M}.g.v",
    ),
    "wraps": (
        "import functools\ndef d(f):\n    @functools.wraps(f)\n    def w(): return f()\n    return w\n@d\n"
        "def g(): return {E}\n",
        "{M}.g()",
    ),
    "glob": (
        "X = None\ndef setup():\n    global X\n    X = {E}\nsetup()\n",
        "{M}.X",
    ),
    "enum": (
        "import enum\nclass E(enum.Enum):\n    A = {E}\n",
        "{M}.E.A.value",
    ),
    "meta": (
        'class Mt(type):\n    def __new__(m, n, b, d):\n        d["v"] = {E}\n'
        "        return super().__new__(m, n, b, d)\nclass C(metaclass=Mt): pass\n",
        "{M}.C.v",
    ),
    "initsub": (
        "class B:\n    def __init_subclass__(cls): cls.v = {E}\nclass C(B): pass\n",
        "{M}.C.v",
    ),
    "inherit": (
        "class B:\n    def m(self): return {E}\nclass C(B): pass\n",
        "{M}.C().m()",
    ),
    "super": (
        "class B:\n    def m(self): return {E}\nclass C(B):\n    def m(self): return super().m()\n",
        "{M}.C().m()",
    ),
    "call": (
        "class C:\n    def __call__(self): return {E}\nc = C()\n",
        "{M}.c()",
    ),
    "gen": (
        "def g():\n    yield {E}\n",
        "next({M}.g())",
    ),
    "ctx": (
        "import contextlib\n@contextlib.contextmanager\ndef g():\n    yield {E}\n",
        "{M}.g().__enter__()",
    ),
    "factory": (
        "import dataclasses\ndef mk(): return {E}\n@dataclasses.dataclass\nclass P:\n"
        "    x: int = dataclasses.field(default_factory=mk)\n",
        "{M}.P().x",
    ),
    "dc": (
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = {E}\n",
        "{M}.P().x",
    ),
    "sd": (
        "import functools\n@functools.singledispatch\ndef g(x): return 0\n@g.register\ndef _(x: int): return {E}\n",
        "{M}.g(3)",
    ),
    "cond": (
        "if {E} == 1: X = 1\nelse: X = 2\n",
        "{M}.X",
    ),
    "tern": (
        "X = 1 if {E} == 1 else 2\n",
        "{M}.X",
    ),
    "tryb": (
        "try: X = {E}\nexcept Exception: X = 0\n",
        "{M}.X",
    ),
    "loop": (
        "L = []\nfor i in range({E}): L.append(i)\n",
        "len({M}.L)",
    ),
    "comp": (
        "L = [i for i in range({E})]\n",
        "len({M}.L)",
    ),
    "fstr": (
        'S = f"{{{E}}}"\n',
        "int({M}.S)",
    ),
    "tup": (
        "X, Y = {E}, 5\n",
        "{M}.X",
    ),
    "aug": (
        "X = 0\nX += {E}\n",
        "{M}.X",
    ),
    "walrus": (
        "Y = [(X := {E})]\n",
        "{M}.X",
    ),
    "ns": (
        "import types\nns = types.SimpleNamespace(x={E})\n",
        "{M}.ns.x",
    ),
    "setattr": (
        "class C: pass\nC.v = {E}\n",
        "{M}.C.v",
    ),
    "mapf": (
        "L = list(map(lambda i: {E}, [0]))\n",
        "{M}.L[0]",
    ),
    "objtable": (
        "class C:\n    def m(self): return {E}\nT = [C()]\n",
        "{M}.T[0].m()",
    ),
    "make": (
        "class C:\n    def m(self): return {E}\ndef make(): return C()\n",
        "{M}.make().m()",
    ),
    "len": (
        "class C:\n    def __len__(self): return {E}\n",
        "len({M}.C())",
    ),
    "add": (
        "class C:\n    def __add__(self, o): return {E}\n",
        "{M}.C() + 0",
    ),
    "cell": (
        "class C:\n    def __init__(self): self.f = lambda: {E}\nc = C()\n",
        "{M}.c.f()",
    ),
    "nt": (
        "import typing\nclass P(typing.NamedTuple):\n    x: int = {E}\n",
        "{M}.P().x",
    ),
    "modget": (
        'def __getattr__(n):\n    if n == "W": return {E}\n    raise AttributeError(n)\n',
        "{M}.W",
    ),
    "getattr": (
        "class C:\n    def __getattr__(self, n): return {E}\n",
        "{M}.C().zz",
    ),
    "local": (
        "def g():\n    import types\n    return {E}\n",
        "{M}.g()",
    ),
    "rec": (
        "def g(n=2): return g(n - 1) if n else {E}\n",
        "{M}.g()",
    ),
    "assertf": (
        "def h(): return {E}\ndef g(): return h()\n",
        "{M}.g()",
    ),
    "registry": (
        "R = {{}}\ndef reg(f):\n    R[f.__name__] = f\n    return f\n@reg\ndef g(): return {E}\n",
        '{M}.R["g"]()',
    ),
    "slots": (
        'class C:\n    __slots__ = ("v",)\n    def __init__(self): self.v = {E}\nc = C()\n',
        "{M}.c.v",
    ),
    "desc": (
        "class D:\n    def __get__(self, o, t): return {E}\nclass C:\n    d = D()\n",
        "{M}.C.d",
    ),
    "setname": (
        "class D:\n    def __set_name__(self, o, n): self.v = {E}\nclass C:\n    d = D()\n",
        '{M}.C.__dict__["d"].v',
    ),
    "chainmap": (
        'import collections\nC = collections.ChainMap({{"x": {E}}})\n',
        '{M}.C["x"]',
    ),
    "ddict": (
        "import collections\ndef mk(): return {E}\nD = collections.defaultdict(mk)\n",
        '{M}.D["q"]',
    ),
}
IMPORTS = (
    "import {m}\n",
    "import {m} as {m}_\n",
    "from {m} import *\n",
    "from {m} import {n}\n",
    "from {m} import {n} as {n}_\n",
)


class Chain(NamedTuple):
    """A program: its texts by module, the last of which has the value, and the edit of the first one."""

    links: list[str]
    texts: dict[str, str]
    first: str
    edited: str


def imported(choice: random.Random, expression: str, module: str) -> tuple[str, str]:
    """A line that imports what an expression needs of a module, and the expression as it is written then."""
    found = re.search(rf"\b{module}\.([A-Za-z_]\w*)", expression)
    assert found is not None
    name, line = found[1], choice.choice(IMPORTS)
    if name == "W":
        # Nobody has it: the module is asked.
        line = IMPORTS[0]
    text = line.format(m=module, n=name)
    if line == IMPORTS[0]:
        return text, expression
    if line == IMPORTS[1]:
        return text, re.sub(rf"\b{module}\.", f"{module}_.", expression)
    if line == IMPORTS[4]:
        return text, re.sub(rf"\b{module}\.{name}\b", f"{name}_", expression)
    return text, re.sub(rf"\b{module}\.", "", expression)


def chain(seed: int) -> Chain:
    """The chain of a seed; its modules have the seed in their names."""
    choice = random.Random(seed)
    thing = choice.choice(list(THINGS))
    text, at, expression = THINGS[thing]
    module = f"a{seed}"
    links, texts = [thing], {module: text}
    edited = text[:at] + "2" + text[at + 1 :]
    expression = expression.replace("a.", f"{module}.")
    for letter in "bcd"[: choice.choice([1, 1, 2, 2, 3])]:
        link = choice.choice(list(LINKS))
        line, written = imported(choice, expression, module)
        text, given = LINKS[link]
        module = f"{letter}{seed}"
        texts[module] = line + text.format(E=written)
        expression = given.format(M=module)
        links.append(link)
    line, written = imported(choice, expression, module)
    texts[f"m{seed}"] = f"{line}V = {written}\n"
    return Chain(links, texts, f"a{seed}", edited)


def fresh(folder: Path, seeds: list[int]) -> dict[str, object]:
    """What the last modules have in a process that loads them as they are now."""
    code = (
        "import importlib, json, sys\nsys.path.insert(0, sys.argv[1])\n"
        "print(json.dumps({s: importlib.import_module(f'm{s}').V for s in sys.argv[2:]}))"
    )
    command = [sys.executable, "-B", "-c", code, str(folder), *map(str, seeds)]
    found: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def play(seeds: range, *, verbose: bool) -> dict[str, int]:
    """Plays some chains in one process. Returns how many ended in which way."""
    counts = dict.fromkeys(("right", "named", "named for nothing", "silent"), 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        sys.path.insert(0, str(folder))
        played: dict[int, Chain] = {}
        for seed in seeds:
            made = chain(seed)
            for module, text in made.texts.items():
                (folder / f"{module}.py").write_text(text)
            importlib.invalidate_caches()
            try:
                given = importlib.import_module(f"m{seed}").V
            except Exception:
                # Not each link can be given each thing.
                continue
            if given == 1:
                played[seed] = made
        said: dict[int, list[str]] = {}
        with reloadr.watch(folder, on="look") as watcher:
            for seed, made in played.items():
                (folder / f"{made.first}.py").write_text(made.edited)
                reasons = watcher.poll().reasons
                said[seed] = [str(each) for each in reasons if each.module[1:] == str(seed)]
        now = fresh(folder, list(played))
        for seed, made in played.items():
            value = sys.modules[f"m{seed}"].V
            is_right = value == now[str(seed)]
            how = ("named for nothing" if said[seed] else "right") if is_right else "named" if said[seed] else "silent"
            counts[how] += 1
            if how == "silent" or (verbose and said[seed]):
                print(how, seed, " ".join(made.links), *said[seed][:1])
        sys.path.remove(str(folder))
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    total: dict[str, int] = {}
    for first in range(options.first, options.first + options.chains, 40):
        for how, count in play(
            range(first, min(first + 40, options.first + options.chains)), verbose=options.verbose
        ).items():
            total[how] = total.get(how, 0) + count
    print(f"{sum(total.values())} chains:", ", ".join(f"{count} {how}" for how, count in total.items()))
    return 1 if total.get("silent") else 0


if __name__ == "__main__":
    sys.exit(main())
