"""Edits after which all is as in a fresh process: then nothing is said."""

import pytest
from harness import Project
from probing import WAYS, probed

REGISTRY = "R = {}\ndef on(key):\n    def keep(f):\n        R[key] = f\n        return f\n    return keep\n"
NAMES = "P = []\ndef rp(f):\n    P.append(f.__name__)\n    return f\n"
RATES = "VAT = 2\nclass Base: pass\nRAN = []\ndef note(x):\n    RAN.append(x)\n    return x\n"
BY_NAME = "from rates import VAT, note, RAN\nA = note(VAT)\ndef f(x=VAT): return x + VAT\nB = note(f())\n"
BY_MODULE = "import rates\nA = rates.note(rates.VAT)\ndef f(x=rates.VAT): return x + rates.VAT\nB = rates.note(f())\n"
COLLECTED = "class C: pass\nC.b = 2\n"
DISPATCH = (
    "import functools\n@functools.singledispatch\ndef s(x): return 0\n@s.register\ndef _(x: int): return 4\nX = s(1)\n"
)

Files = dict[str, str]
CASES: dict[str, tuple[Files, Files, str]] = {
    "the same, of what is imported in another way": (
        {"rates.py": RATES, "m.py": BY_NAME},
        {"rates.py": RATES, "m.py": BY_MODULE},
        "m.A, m.B, m.f(), sys.modules['rates'].RAN",
    ),
    "a decorator that is imported in another way": (
        {"reg.py": NAMES, "m.py": "import reg\n@reg.rp\nclass A: pass\n@reg.rp\ndef g(): return 1\n"},
        {"reg.py": NAMES, "m.py": "from reg import *\n@rp\nclass A: pass\n@rp\ndef g(): return 1\n"},
        "sys.modules['reg'].P",
    ),
    "what a line did to a list that goes": (
        {"m.py": "L = [1, 2, 3]\nX = L.pop(0)\nexec('v = 1', {})\nT = {}\nexec('v = 1', T)\nY = 1\n"},
        {"m.py": "exec('v = 1', {})\nY = 1\n"},
        "sorted(n for n in vars(m) if n in 'LXTY')",
    ),
    "what is registered in a registry that goes": (
        {"m.py": f"{REGISTRY}@on('a')\ndef f(): return 1\nY = 1\n"},
        {"m.py": "Y = 1\n"},
        "sorted(n for n in vars(m) if n in ('R', 'on', 'f', 'Y'))",
    ),
    "an attribute of a class whose decorator only keeps it": (
        {"m.py": f"{REGISTRY}@on('a')\nclass K:\n    size = 1\n"},
        {"m.py": f"{REGISTRY}@on('a')\nclass K:\n    size = 2\n"},
        "m.R['a'].size",
    ),
    "attributes that lines store in a class, in their order": (
        {"c.py": COLLECTED, "m.py": "import c\nc.C.d = 4\n"},
        {"c.py": COLLECTED.replace("C.b", "C.a = 1\nC.b"), "m.py": "import c\nc.C.c = 3\nc.C.d = 4\n"},
        "[n for n in vars(sys.modules['c'].C) if n[0] != '_']",
    ),
    "an attribute that is guarded by its name": (
        {"m.py": "class C: pass\nif not hasattr(C, 'a'):\n    C.a = 1\n"},
        {"m.py": "class C: pass\nif not hasattr(C, 'b'):\n    C.b = 1\n"},
        "[n for n in vars(m.C) if n[0] != '_']",
    ),
    "an attribute that is guarded, of a class with another name": (
        {"m.py": "class C: pass\nif not hasattr(C, 'a'):\n    C.a = 1\n"},
        {"m.py": "class E: pass\nif not hasattr(E, 'a'):\n    E.a = 1\n"},
        "[n for each in ('C', 'E') for n in vars(getattr(m, each, object)) if n == 'a']",
    ),
    "a store that moves to a module loaded before": (
        {"c.py": "D = {}\n", "b.py": "import c\n", "m.py": "import b, c\nc.D['a'] = 1\n"},
        {"c.py": "D = {}\n", "b.py": "import c\nc.D['a'] = 1\n", "m.py": "import b, c\n"},
        "sys.modules['c'].D",
    ),
    "a line above what another module stores": (
        {"c.py": "D = {'a': 0}\nD['a'] = 3\n", "m.py": "import c\nc.D['b'] = 1\n"},
        {"c.py": "D = {'a': 0}\nD['a'] = 3\nE = dict(D)\n", "m.py": "import c\nc.D['b'] = 1\nc.D.setdefault('a', 4)\n"},
        "sys.modules['c'].D, getattr(sys.modules['c'], 'E', None)",
    ),
    "a key that another definition gives back": (
        {"m.py": f"{REGISTRY}@on('a')\ndef f(): return 1\n@on('a')\ndef g(): return 2\n"},
        {"m.py": f"{REGISTRY}@on('a')\ndef f(): return 1\n@on('b')\ndef g(): return 2\n"},
        "{k: f() for k, f in m.R.items()}",
    ),
    "a new list of a changed value, and what is put into it": (
        {"c.py": "K = 3\n", "m.py": "import c\nX = 1\n"},
        {"c.py": "K = 5\n", "m.py": "import c\nX = 1\nL = [c.K]\nL.append(3)\n"},
        "getattr(m, 'L', None)",
    ),
    "a form of a function that dispatches": (
        {"m.py": DISPATCH},
        {"m.py": DISPATCH.replace("return 4", "return 5")},
        "m.X, m.s(1)",
    ),
    "one of two definitions of a name": (
        {"m.py": "def f(): return 1\ndef f(): return 2\nX = f()\n"},
        {"m.py": "def f(): return 1\ndef f(): return 3\nX = f()\n"},
        "m.X",
    ),
    "a function that an attribute of a class is": (
        {"m.py": "class W:\n    def go(self): return 1\n_go = W.go\ndef go(self): return _go(self) + 2\nW.go = go\n"},
        {"m.py": "class W:\n    def go(self): return 5\n_go = W.go\ndef go(self): return _go(self) + 3\nW.go = go\n"},
        "m.W().go(), m._go(None)",
    ),
    "an iterator that is new, and what is taken from it": (
        {"m.py": "import itertools\n"},
        {"m.py": "import itertools\nI = itertools.count(2)\nA = next(I) + 1\nB = next(I)\n"},
        "getattr(m, 'A', None), getattr(m, 'B', None)",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_said(project: Project, case: str, way: str) -> None:
    before, after, look = CASES[case]
    done = probed(project, before, after, look, way=way)
    assert done.right, done
    assert not done.named, done


@pytest.mark.parametrize("way", ["edit", "back"])
def test_a_bounded_deque_under_another_name(project: Project, way: str) -> None:
    text = "import collections\nq = collections.deque([1, 2], maxlen=2)\nq.append(3)\n"
    look = "[list(d) for n, d in vars(m).items() if n in ('q', 'r')]"
    done = probed(project, text, text.replace("q", "r").replace("derue", "deque"), look, way=way)
    assert done.right and not done.named, done


def test_what_a_line_did_to_what_was_imported_is_taken_back_or_named(project: Project) -> None:
    before = {"base.py": "L = [1, 2]\n", "m.py": "from base import *\nL.insert(0, 3)\n"}
    after = {"base.py": "L = [1, 2]\n", "m.py": "X = 1\n"}
    done = probed(project, before, after, "sys.modules['base'].L")
    assert done.right or done.named, done


def test_undo_takes_a_missing_key_out_again(project: Project) -> None:
    text = "import collections\nd = collections.defaultdict(list)\nd[4]\n"
    done = probed(project, text, text.replace("d[4]", "d[3]"), "list(m.d)", way="undo")
    assert done.right, done


def test_a_renamed_dispatcher_says_its_new_name(project: Project) -> None:
    text = "import functools\n@functools.singledispatch\ndef old(x): return 0\n"
    look = "[c.cell_contents for n, f in vars(m).items() if n in ('old', 'new') for c in f.__closure__[-1:]]"
    done = probed(project, text, text.replace("old", "new"), look)
    assert done.right, done


@pytest.mark.parametrize("reading", ["vars(cls)", "cls.size", "str(cls.__dict__)", "keep(cls)"])
def test_who_may_have_read_an_attribute_is_named(project: Project, reading: str) -> None:
    text = "R = []\ndef keep(c): return sorted(vars(c).values(), key=str)\n"
    text += f"def on(cls):\n    R.append(repr({reading}))\n    return cls\n"
    text += "@on\nclass K:\n    size = 1\n"
    done = probed(project, text, text.replace("size = 1", "size = 2"), "m.R[0].count('1')")
    assert done.named or done.right, done


STORE = '''
class Store:
    """Keeps and formats."""
    def __init__(self, rows=()):
        self.rows = list(rows)
MAIN = Store([1])
HEAD = Store.__doc__
'''


def test_what_asks_for_a_docstring_is_not_named_where_another_line_had_it_live_before(project: Project) -> None:
    """A line between is edited, and runs with the new docstring; then the one below no longer has what the old gave."""
    after = STORE.replace(" and formats", "").replace("[1]", "[1, 2]")
    done = probed(project, STORE, after, "m.HEAD, m.MAIN.rows")
    assert done.right and not done.said, done
