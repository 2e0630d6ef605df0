"""Edits of programs of several modules, one of which has what another hands on: right after the save, or named."""

import pytest
from harness import Project
from probing import WAYS, probed

REGISTER = "P = []\ndef rp(f):\n    P.append(f.__name__)\n    return f\n"
USERS = "@rp\nclass A: pass\n@rp\ndef g(): return 1\n"
TABLE = "def first(x): return x + 1\ndef second(x): return x * 5\n"

PATCHED = """\
class Thing:
    def go(self): return 1
_go = Thing.go
def go2(self): return _go(self) + 1
Thing.go = go2
V = Thing().go()
"""

COUNTING = """\
N = {'one': 0, 'two': 0}
def one(f):
    N['one'] += 1
    return f
def two(f):
    N['two'] += 1
    return f
"""

#: Files before, what of them is replaced by what (in all of them), what is looked at, and the code that may name it.
Case = tuple[dict[str, str], list[tuple[str, str, str]], str, str]
CASES: dict[str, Case] = {
    "what a default calls moves with it": (
        {"a.py": "X = 1\n", "b.py": f"import a\n{REGISTER}def h(x=rp(len)): return x\n"},
        [
            ("b.py", f"{REGISTER}def h(x=rp(len)): return x\n", ""),
            ("a.py", "X = 1\n", f"X = 1\n{REGISTER}def h(x=rp(len)): return x\n"),
        ],
        "a.P",
        "",
    ),
    "a registry moves, and those that are in it do not": (
        {"a.py": f"X = 1\n{REGISTER}", "b.py": "import a\n", "c.py": f"import b\nfrom a import rp\n{USERS}"},
        [("a.py", REGISTER, ""), ("b.py", "import a\n", f"import a\n{REGISTER}"), ("c.py", "from a", "from b")],
        "b.P",
        "RL206",
    ),
    "the same by import *": (
        {"a.py": f"X = 1\n{REGISTER}", "b.py": "import a\n", "c.py": f"import b\nfrom a import rp\n{USERS}"},
        [
            ("a.py", REGISTER, ""),
            ("b.py", "import a\n", f"import a\n{REGISTER}"),
            ("c.py", "from a import rp", "from b import *"),
        ],
        "b.P",
        "RL206",
    ),
    "where a list of another module takes something": (
        {"a.py": "L = [2, 4]\nL.extend(range(5))\n", "b.py": "import a\na.L.insert(0, 4)\n"},
        [("b.py", "insert(0, 4)", "append(4)")],
        "a.L",
        "RL208",
    ),
    "the same by import *, with other numbers": (
        {"a.py": "L = [2]\nL.append(3 + 1)\nL.extend(range(5))\n", "b.py": "from a import *\nL.insert(0, 4)\n"},
        [("b.py", "insert(0, 4)", "append(4)")],
        "a.L",
        "RL208",
    ),
    "an alias comes to mean another function": (
        {"a.py": f"{TABLE}current = second\n", "b.py": "from a import *\nV = second(2)\nW = current(2)\n"},
        [("a.py", "current = second", "current = first")],
        "(b.second.__name__, b.current.__name__, b.V, b.W)",
        "",
    ),
    "what a table gives comes to mean another function": (
        {
            "a.py": f"{TABLE}T = {{'a': second, 'b': second}}\ncurrent = T['a']\n",
            "b.py": "from a import *\nV = T['b'](2)\n",
        },
        [("a.py", "'a': second", "'a': first")],
        "(b.second.__name__, b.current.__name__, b.V)",
        "",
    ),
    "a new line calls a lambda that is edited": (
        {"a.py": "f = lambda x: x + 1\n", "b.py": "from a import f\n"},
        [("a.py", "x + 1", "x + 2"), ("b.py", "import f\n", "import f\nV = f(1)\n")],
        "b.V",
        "",
    ),
    "a new line calls an edited function of a table": (
        {"a.py": f"{TABLE}T = {{'a': first}}\n", "b.py": "import a\n"},
        [("a.py", "x + 1", "x + 2"), ("b.py", "import a\n", "import a\nV = [f(1) for f in a.T.values()]\n")],
        "b.V",
        "",
    ),
    "a new line calls an edited lambda of a table": (
        {"a.py": "T = {'a': lambda x: x + 1}\n"},
        [("a.py", "x + 1}\n", "x + 2}\nV = [f(1) for f in T.values()]\n")],
        "a.V",
        "",
    ),
    "a new line calls an edited function that an object has": (
        {"a.py": f"{TABLE}class O: pass\no = O()\no.run = first\n"},
        [("a.py", "x + 1", "x + 2"), ("a.py", "o.run = first\n", "o.run = first\nV = o.run(1)\n")],
        "a.V",
        "",
    ),
    "a chain that another module fills by import * has another name": (
        {"a.py": "L = [2]\nL.append(4)\n", "b.py": "from a import *\nV = sum(L)\nL.append(9)\nW = len(L)\n"},
        [
            ("a.py", "L = [2]\nL.append(4)\n", "M = [2]\nM.append(4)\n"),
            ("b.py", "V = sum(L)\nL.append(9)\nW = len(L)\n", "V = sum(M)\nM.append(9)\nW = len(M)\n"),
        ],
        "(b.V, b.W, hasattr(b, 'L'), hasattr(b, 'M'))",
        "",
    ),
    "attributes of one object from several modules": (
        {
            "a.py": "class O: pass\no = O()\no.a = 1\n",
            "b.py": "import a\na.o.b = 2\n",
            "c.py": "import b, a\na.o.c = 3\n",
        },
        [("a.py", "o.a = 1\n", "o.a = 1\no.d = 5\n"), ("b.py", "a.o.b = 2", "a.o.b2 = 2")],
        "vars(a.o)",
        "",
    ),
    "keys of one dict from several modules": (
        {
            "a.py": "D = {'z': 0}\nD['a'] = 1\n",
            "b.py": "import a\na.D['b'] = 2\n",
            "c.py": "import b, a\na.D['c'] = 3\n",
        },
        [
            ("a.py", "D['a'] = 1\n", "D['a'] = 1\nD['d'] = 5\n"),
            ("b.py", "a.D['b'] = 2\n", "a.D['e'] = 5\na.D['b'] = 2\n"),
        ],
        "list(a.D)",
        "",
    ),
    "what patches a class has another name": (
        {"a.py": PATCHED},
        [("a.py", "_go", "_was"), ("a.py", "_go", "_was"), ("a.py", "def go2", "def go3"), ("a.py", "= go2", "= go3")],
        "(a._was.__name__, a.V)",
        "",
    ),
    "a class that is patched has another name": (
        {"a.py": PATCHED},
        [("a.py", "Thing", "Box")] * 4 + [("a.py", "_go", "_was")] * 2 + [("a.py", "go2", "go3")] * 2,
        "(a._was.__name__, a.V)",
        "",
    ),
    "slots of a class that says it is of another module": (
        {"a.py": "class S:\n    __slots__ = ('a',)\nS.__module__ = 'm'\n", "m.py": "from a import S\n"},
        [("a.py", "('a',)", "('a', 'b')")],
        "(hasattr(m.S, 'b'), m.S is a.S, m.S.__module__)",
        "",
    ),
    "slots of a class that a package gives another module": (
        {
            "a.py": "class S:\n    __slots__ = ('a',)\n",
            "m.py": "from a import S\nfor each in (S,): each.__module__ = 'm'\n",
        },
        [("a.py", "('a',)", "('a', 'b')")],
        "(hasattr(m.S, 'b'), m.S is a.S, m.S.__module__)",
        "",
    ),
    "bases of a class that says it is of another module": (
        {
            "a.py": "class B: k = 1\nclass D: k = 2\nclass K(B): pass\nK.__module__ = 'm'\n",
            "m.py": "from a import K\n",
        },
        [("a.py", "class K(B)", "class K(D)")],
        "(m.K.k, m.K is a.K, m.K.__module__)",
        "",
    ),
    "a decorator more, each of which counts": (
        {"a.py": COUNTING + "@one\ndef f(): return 1\n"},
        [("a.py", "@one\n", "@one\n@two\n")],
        "a.N",
        "",
    ),
    "an attribute that is read by another name for its owner": (
        {"a.py": "class O: pass\no = O()\no.x = 1\nBOXES = {'a': o}\nR = {k: each.x for k, each in BOXES.items()}\n"},
        [("a.py", "o.x = 1", "o.x = 4")],
        "a.R",
        "",
    ),
    "a key that is read by another name for its owner": (
        {"a.py": "A = {}\nA['x'] = 1\nALL = [A, {'x': 5}]\nR = sum(d['x'] for d in ALL)\n"},
        [("a.py", "['x'] = 1", "['x'] = 4")],
        "a.R",
        "",
    ),
    "another place in a row that another module has": (
        {"a.py": "L = [2, 3]\nL.append(4)\n", "b.py": "from a import L\nL.insert(0, 5)\n"},
        [("b.py", "insert(0", "insert(1")],
        "a.L",
        "",
    ),
    "another place of a function in such a row": (
        {"a.py": f"{TABLE}L = [second, second]\n", "b.py": "from a import L, first\nL.insert(0, first)\n"},
        [("b.py", "insert(0", "insert(1")],
        "[each.__name__ for each in a.L]",
        "",
    ),
    "what is removed with what it stored in": (
        {"a.py": "class O: pass\no = O()\no.x = O()\nX = o.x\nfor n in (1, 2):\n    o.x.n = n\n"},
        [("a.py", "o = O()\no.x = O()\nX = o.x\nfor n in (1, 2):\n    o.x.n = n\n", "")],
        "sorted(each for each in vars(a) if len(each) == 1)",
        "",
    ),
    "a text that is executed in names of its own": (
        {"a.py": "N = {}\nexec('v = ' + str(5), N)\nX = N['v']\n"},
        [("a.py", "str(5)", "str(4)")],
        "(a.X, a.N['v'])",
        "",
    ),
    "a text that is put together": (
        {"a.py": "def f(x): return x + 1\nR = 2\nA = eval('f' + '(2)')\nB = eval(f'{\"R\"} * 3')\n"},
        [("a.py", "x + 1", "x + 2"), ("a.py", "R = 2", "R = 3")],
        "(a.A, a.B)",
        "RL206",
    ),
    "a text of which nothing is known": (
        {"a.py": "import sys\nR = 2\nA = eval(sys.intern('R') + ' * 3')\n"},
        [("a.py", "R = 2", "R = 3")],
        "a.A",
        "RL206",
    ),
    "a method that is asked for by a name reads an attribute": (
        {"a.py": "class C:\n    a = 3\n    def go(self): return self.a\nV = [getattr(C(), n)() for n in ('go',)]\n"},
        [("a.py", "a = 3", "a = 5")],
        "a.V",
        "RL206",
    ),
    "a method that is asked for by a text": (
        {"a.py": "class C:\n    a = 3\n    def go(self): return self.a\nV = getattr(C(), 'go')()\n"},
        [("a.py", "a = 3", "a = 5")],
        "a.V",
        "",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_right_or_named(project: Project, name: str, way: str) -> None:
    """The edit, saved back, and undone: as in a fresh process; the edit may be named where it says so."""
    before, edits, look, code = CASES[name]
    after = dict(before)
    for path, old, new in edits:
        assert old in after[path]
        after[path] = after[path].replace(old, new, 1)
    done = probed(project, before, after, look, way=way)
    assert done.right or code in done.said, done


CLASSES = "class Shelf:\n    @classmethod\n    def __class_getitem__(cls, key): return cls\n"
NOISE = """\
    def __len__(self): return self.put()
    def __getitem__(self, key): return 1
    def put(self): return 1
"""


@pytest.mark.parametrize(
    "line", ["x: Shelf[int] | None", "x: list[Shelf[int]] = []", "X = Shelf[int]", "X = isinstance(1, Shelf)"]
)
def test_a_class_is_not_its_instances(project: Project, line: str) -> None:
    """Who subscribes a class, in an annotation or not, runs none of the methods that its instances have."""
    text = f"{CLASSES}{NOISE}{line}\n"
    done = probed(project, text, text.replace("put(self): return 1", "put(self): return 2"), "m.Shelf().put()")
    assert done.right and not done.said, done


def test_what_registers_beside_another_is_not_named(project: Project) -> None:
    """Options of one parser: each has its own line, and nothing of the others."""
    text = "import argparse\nP = argparse.ArgumentParser()\nP.add_argument('--n', default=1)\nP.add_argument('--m')\n"
    done = probed(project, text, text.replace("=1", "=2"), "vars(m.P.parse_args([])), len(m.P._actions)")
    assert done.right and not done.said, done
