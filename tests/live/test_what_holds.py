"""What objects of the interpreter and of libraries hold, how it is come to without being named, and what calls it."""

from __future__ import annotations

import pytest
from harness import Project
from probing import WAYS, probed

CHANGES = "def f(*given): return 1\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "use",
    [
        "from collections import defaultdict\nT = defaultdict(f)\nX = T['a'] + 0\n",
        "from collections import defaultdict\nclass C:\n    t = defaultdict(f)\n    n = t['a']\nX = C.n\n",
        "I = iter(f, 7)\nX = next(I)\n",
        "M = map(f, [1, 2])\nX = [*M]\n",
        "import itertools\nM = itertools.starmap(f, [(1, 2)])\nX = list(M)\n",
        "import itertools\nM = itertools.accumulate([1, 2], f)\nX = list(M)\n",
        "from functools import partial\ndef use(g, x): return g(x)\nP = partial(use, f)\nX = P(1)\n",
        "from functools import partial\ndef use(x, g): return g(x)\nP = partial(use, g=f)\nX = P(1)\n",
        "import weakref\nR = weakref.ref(f)\nX = R()()\n",
        "import weakref\nW = weakref.WeakSet([f])\nX = [each() for each in W]\n",
        "import weakref\nW = weakref.WeakValueDictionary(k=f)\nX = W['k']()\n",
        "from collections import ChainMap\nM = ChainMap({}, {'f': f})\nX = M['f']()\n",
        "from contextvars import ContextVar\nV = ContextVar('v', default=f)\nX = V.get()()\n",
        "from functools import singledispatch\nshow = singledispatch(f)\nX = show.dispatch(int)(1)\n",
        "def gen(g):\n    while True: yield g()\nG = gen(f)\nX = next(G)\n",
        "def use(name, table={'f': f}): return table[name]()\nX = use('f')\n",
        "def use(x, *, g=f): return g(x)\nX = use(1)\n",
        "T = {'f': f}\ndef get(name): return T[name]\nX = get('f')()\n",
        "class R:\n    def __init__(self): self.held = {'f': f}\n    def get(self, name): return self.held[name]\n"
        "r = R()\ndef find(name): return r.get(name)\nX = find('f')()\n",
        "class C:\n    t = [f]\n    n = t[0]()\nX = C.n\n",
        "X = globals()['f']()\n",
        "X = [each() for name, each in list(globals().items()) if name == 'f']\n",
        "T = {f: 'f'}\nX = [each() for each in T]\n",
    ],
)
def test_what_holds_a_function(project: Project, use: str, way: str) -> None:
    before = CHANGES + use
    done = probed(project, before, before.replace("return 1", "return 2"), "m.X", way=way)
    assert done.right or "computed from" in str(done.report), done


@pytest.mark.parametrize(
    "use",
    [
        "import weakref\nW = weakref.WeakSet([p])\nX = [each.go() for each in W]\n",
        "import weakref\nW = weakref.WeakKeyDictionary({p: 1})\nX = [each.go() for each in W]\n",
        "import weakref\nQ = weakref.proxy(p)\nX = Q.go() + 0\n",
        "import weakref\nR = weakref.ref(p)\nX = R().go()\n",
    ],
)
def test_what_refers_to_an_object(project: Project, use: str) -> None:
    before = "class P:\n    def go(self): return 1\np = P()\n" + use
    done = probed(project, before, before.replace("return 1", "return 2"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


HOLDER = """\
class Held:
    def __init__(self, *held): self.held = held
    def __str__(self): return str(self.held[0]())
    def __add__(self, other): return str(self) + other
    def __or__(self, other): return Held(*self.held, other)
    def __iter__(self):
        for each in self.held: yield each()
    def __call__(self):
        for each in self.held: x = each()
        return x
    @property
    def text(self): return self.held[0]()
h = Held(f)
"""


@pytest.mark.parametrize(
    "use",
    ["str(h)", "h + '!'", "[*h]", "h.text + 0", "f'{h}'", "h()", "(Held(f) | f)()", "[str(each) for each in [h]]"],
)
def test_an_object_whose_operators_call_what_it_holds(project: Project, use: str) -> None:
    before = f"{CHANGES}{HOLDER}X = {use}\n"
    done = probed(project, before, before.replace("return 1\n", "return 2\n"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


ITEMS = """\
class Q:
    def __init__(self, n): self.n = n
    def __lt__(self, other): return self.n < other.n
    def __eq__(self, other): return self.n == other.n
    def __hash__(self): return 1
    def __repr__(self): return "a"
    def __radd__(self, other): return other + self.n
    def __bool__(self): return 1 == 1
L = [Q(2), Q(1), Q(1)]
"""


@pytest.mark.parametrize(
    "use",
    [
        "[each.n for each in sorted(L)]",
        "max(L).n",
        "repr(L)",
        "f'{L}'",
        "sum(L)",
        "len(set(L))",
        "L == [Q(2), Q(1), Q(1)]",
        "Q(5) in L",
        "L.count(Q(1))",
        "all(L)",
    ],
)
def test_items_are_compared_and_shown(project: Project, use: str) -> None:
    after = ITEMS.replace("<", ">").replace("self.n == other.n", "self.n >= other.n").replace('"a"', '"b"')
    after = after.replace("other + self.n", "other - self.n").replace("1 == 1", "1 == 2")
    done = probed(project, f"{ITEMS}X = {use}\n", f"{after}X = {use}\n", "m.X")
    assert done.right or "X was computed from" in str(done.report), done


@pytest.mark.parametrize(
    "text",
    [
        "class Meta(type):\n    def __instancecheck__(cls, obj): return obj == 1\nclass I(metaclass=Meta): pass\n"
        "X = isinstance(1, I)\n",
        "from abc import ABC\nclass I(ABC):\n    @classmethod\n"
        "    def __subclasshook__(cls, other): return other == 1\nclass A: pass\nX = issubclass(A, I)\n",
    ],
)
def test_a_class_that_is_asked_for_its_instances(project: Project, text: str) -> None:
    done = probed(project, text, text.replace("== 1", "!= 1"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


def test_a_key_function(project: Project) -> None:
    before = "import functools\ndef compare(a, b): return a - b\nK = functools.cmp_to_key(compare)\n"
    before += "X = sorted([2, 1], key=K)\n"
    done = probed(project, before, before.replace("a - b", "b - a"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


CLASS = """\
class A:
    def __add__(self, other): return 1
    def __contains__(self, other): return 1 > 1
    def __iter__(self): return iter([1])
    def __getitem__(self, key): return 1
    def __enter__(self): return 1
    def __exit__(self, *given): pass
    def __str__(self): return "1"
    def __bool__(self): return 1 > 1
    def __neg__(self): return help()
    @property
    def size(self): return 1
def help(): return 1
a = A()
"""


@pytest.mark.parametrize(
    "line",
    [
        "X = a + 1",
        "X = 3 in a",
        "X = [*a]",
        "X = a['k']",
        "with a as X: pass",
        "X = f'{a}'",
        "X = 5 if a else 6",
        "X = -a",
        "X = a.size",
        "for X in a: pass",
        "match a:\n    case A(size=X): pass",
        "L = [a]\nX = L[0] + 1",
    ],
)
def test_a_new_line_asks_the_new_code(project: Project, line: str) -> None:
    """Operators, attributes and statements call methods that nobody names."""
    after = CLASS.replace("1 > 1", "2 > 1").replace("return 1", "return 2").replace("[1]", "[2]").replace('"1"', '"2"')
    done = probed(project, CLASS + "X = 0\n", after + f"{line}\n", "m.X")
    assert done.right, done


def test_a_new_line_asks_a_new_factory(project: Project) -> None:
    before = "from collections import defaultdict\ndef make(): return [1]\nT = defaultdict(make)\n"
    done = probed(project, before, before.replace("[1]", "[2]") + "X = T['a']\n", "m.X")
    assert done.right, done


def test_an_attribute_is_set_once(project: Project) -> None:
    """Where a class tells what setting does, the line is not run a second time."""
    before = "L = []\nclass A:\n    def __setattr__(self, name, value): L.append(1)\na = A()\n"
    done = probed(project, before, before.replace("append(1)", "append(2)") + "a.size = 1\n", "m.L")
    assert done.right, done


@pytest.mark.parametrize(
    "use",
    [
        "import importlib, b\nX = importlib.import_module('b').f()\n",
        "import sys, b\nX = sys.modules['b'].f()\n",
        "import b\nX = __import__('b').f()\n",
        "import sys, b\nX = getattr(sys.modules['b'], 'f')()\n",
        "import b\nX = b.__dict__['f']()\n",
        "import importlib\ndef get(name): return importlib.import_module(name)\nX = get('b').f()\n",
        "import importlib\nX = [importlib.import_module(name).f() for name in ['b']]\n",
        "import importlib\nM = [importlib.import_module(name) for name in ['b']]\nX = [each.f() for each in M]\n",
    ],
)
@pytest.mark.parametrize(("old", "new"), [("def f(): return 1\n", "def f(): return 2\n"), ("return R", "return S")])
def test_a_module_by_what_it_is_called(project: Project, use: str, old: str, new: str) -> None:
    text = old if "def" in old else f"R, S = 1, 2\ndef f(): {old}\n"
    before = {"b.py": text, "m.py": use}
    done = probed(project, before, {**before, "b.py": text.replace(old, new)}, "m.X")
    assert done.right or "computed from" in str(done.report), done


@pytest.mark.parametrize("use", ["importlib.import_module('b').N", "sys.modules['b'].N", "get('b').N"])
def test_a_value_of_a_module_by_what_it_is_called(project: Project, use: str) -> None:
    before = {
        "b.py": "N = 1\n",
        "m.py": f"import importlib, sys, b\ndef get(name): return importlib.import_module(name)\nX = {use}\n",
    }
    done = probed(project, before, {**before, "b.py": "N = 2\n"}, "m.X")
    assert done.right or "X was computed from" in str(done.report), done


def test_names_listed_below_a_star_whose_offer_changes(project: Project) -> None:
    before = {
        "b.py": "__all__ = ['one']\none = 1\ntwo = 2\n",
        "c.py": "from b import *\n",
        "m.py": "from c import *\nX = sorted(each for each in globals() if each in ('one', 'two'))\n",
    }
    after = {**before, "b.py": before["b.py"].replace("['one']", "['one', 'two']")}
    done = probed(project, before, after, "m.X")
    assert done.right or "X was computed from" in str(done.report), done


@pytest.mark.parametrize(
    "use",
    [
        "import sched\ns = sched.scheduler()\ns.enter(0, 1, f)\ns.run()\n",
        "from threading import Thread\nt = Thread(target=f)\nt.start()\nt.join()\n",
        "from contextlib import ExitStack\ns = ExitStack()\ns.callback(f)\ns.close()\n",
        "import asyncio\nloop = asyncio.new_event_loop()\nloop.call_soon(f)\n"
        "loop.call_soon(loop.stop)\nloop.run_forever()\nloop.close()\n",
    ],
)
def test_a_library_that_keeps_it_no_more_has_called_it(project: Project, use: str) -> None:
    before = f"L = []\ndef f(): L.append(1)\n{use}X = list(L)\n"
    done = probed(project, before, before.replace("append(1)", "append(2)"), "m.X")
    assert done.right or "computed from" in str(done.report), done


@pytest.mark.parametrize(
    "use",
    [
        "import atexit\natexit.register(f)\n",
        "import sched\ns = sched.scheduler()\ns.enter(1000, 1, f)\n",
        "import logging\nlogging.getLogger('kept').addFilter(f)\n",
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--n', type=f)\np.set_defaults(run=f)\n",
        "import argparse\np = argparse.ArgumentParser()\ns = p.add_subparsers()\na = s.add_parser('a')\n"
        "a.set_defaults(run=f)\nb = s.add_parser('b')\ng = p.add_argument_group()\n",
        "import logging\nlog = logging.getLogger('held')\nlog.addFilter(f)\nhas = log.hasHandlers()\n",
        "L = []\nL.append(f)\n",
        "import heapq\nQ = []\nheapq.heappush(Q, (1, f))\n",
        "print(f)\n",
    ],
)
def test_a_library_that_keeps_it_has_not(project: Project, use: str) -> None:
    before = f"def f(*given): return 1\n{use}X = f()\n"
    done = probed(project, before, before.replace("return 1", "return 2"), "m.X")
    assert done.right and not done.report.reasons, done


def test_a_parser_has_called_its_type(project: Project) -> None:
    before = (
        "import argparse\ndef f(text): return int(text)\np = argparse.ArgumentParser()\np.add_argument('--n', type=f)\n"
        "X = p.parse_args(['--n', '4']).n\n"
    )
    done = probed(project, before, before.replace("int(text)", "int(text) + 1"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


def test_what_shows_an_item_is_not_what_compares_it(project: Project) -> None:
    before = (
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass Q:\n    n: int\n"
        "    def __str__(self): return 'a'\nL = [Q(2), Q(1)]\nX = min(L).n\nY = sorted(L)\n"
    )
    done = probed(project, before, before.replace("'a'", "'b'"), "m.X")
    assert done.right and not done.report.reasons, done
