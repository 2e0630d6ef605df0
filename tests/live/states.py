"""States of living processes: what an edit left behind, and what is none of a verification's business.

`KINDS` of what is stale are drawn with a seed, some twice, with other names and values; `NONE` are states that programs
are in beside an edit that is live.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

__all__ = ["KINDS", "NONE", "Kind", "Stale", "stale_states"]


class Kind(NamedTuple):
    """A way to be stale. `A`, `B` are values, `N`, `M` names, in all of the texts."""

    before: str
    after: str
    #: Where it is seen, below the module.
    path: str
    #: What the living process was told of the edit: run in the module.
    hand: str = ""


class Stale(NamedTuple):
    """One stale state."""

    name: str
    before: str
    after: str
    hand: str
    path: str


ROUTES = "R = []\ndef route(p):\n    def d(f):\n        R.append((p, f))\n        return f\n    return d\n"
META = "T = {}\nclass Meta(type):\n    def __init__(c, n, b, s):\n        T[n] = sorted(k for k in s if k[0] != '_')\n"

KINDS = {
    "a route is kept": Kind(
        ROUTES + "@route('N')\ndef N(): return A\n@route('M')\ndef M(): return A\n",
        ROUTES + "@route('N')\ndef N(): return A\n",
        "R[1]",
        "del M\n",
    ),
    "a route has the function of before": Kind(
        ROUTES + "@route('N')\ndef N(): return A\n",
        ROUTES + "@route('N')\ndef N(): return B\n",
        "R[0][1].__code__",
        "def N(): return B\n",
    ),
    "a route has its old path": Kind(
        ROUTES + "@route('A')\ndef N(): return 1\n", ROUTES + "@route('B')\ndef N(): return 1\n", "R[0][0]"
    ),
    "a route is missing": Kind(ROUTES, ROUTES + "@route('N')\ndef N(): return A\n", "R[0]", "def N(): return A\n"),
    "a key is left": Kind("D = {'N': A}\nD['M'] = B\n", "D = {'N': A}\n", "D['M']"),
    "a key is missing": Kind("D = {'N': A}\n", "D = {'N': A}\nD['M'] = B\n", "D['M']"),
    "a key has its old value": Kind("D = {}\nD['N'] = A\n", "D = {}\nD['N'] = B\n", "D['N']"),
    "members stand in the old order": Kind(
        "class N:\n    def x(self): pass\n    def y(self): pass\n",
        "class N:\n    def y(self): pass\n    def x(self): pass\n",
        "N (order)",
    ),
    "keys stand in the old order": Kind("D = {'N': 1, 'M': 2}\n", "D = {'M': 2, 'N': 1}\n", "D (order)"),
    "a nested key has its old value": Kind("D = {'N': {'M': [A]}}\n", "D = {'N': {'M': [B]}}\n", "D['N']['M'][0]"),
    "a member is not told to its metaclass": Kind(
        META + "class N(metaclass=Meta):\n    def M(self): return A\n",
        META + "class N(metaclass=Meta):\n    def M(self): return A\n    def m2(self): return B\n",
        "T['N'][1]",
        "N.m2 = lambda self: B\nN.m2.__qualname__ = 'N.m2'\n",
    ),
    "a subclass is not told": Kind(
        "S = []\nclass P:\n    def __init_subclass__(c): S.append(c.tag)\nclass N(P):\n    tag = A\n",
        "S = []\nclass P:\n    def __init_subclass__(c): S.append(c.tag)\nclass N(P):\n    tag = B\n",
        "S[0]",
        "N.tag = B\n",
    ),
    "a default is not recomputed": Kind(
        "L = A\ndef N(x=L): return x\n", "L = B\ndef N(x=L): return x\n", "N.__defaults__[0]", "L = B\n"
    ),
    "a keyword default is not recomputed": Kind(
        "L = A\ndef N(*, x=L): return x\n", "L = B\ndef N(*, x=L): return x\n", "N.__kwdefaults__['x']", "L = B\n"
    ),
    "an annotation is old": Kind("def N(x): return x\n", "def N(x: 'A'): return x\n", "N.__annotations__['x']"),
    "a value that was computed": Kind("L = A\nX = L * 2\n", "L = B\nX = L * 2\n", "X", "L = B\n"),
    "an attribute of an object": Kind(
        "class N:\n    def __init__(self, v): self.v = v\nM = N(A)\n",
        "class N:\n    def __init__(self, v): self.v = v\nM = N(B)\n",
        "M.v",
    ),
    "an attribute is missing": Kind(
        "class N:\n    def __init__(self): self.v = A\nM = N()\n",
        "class N:\n    def __init__(self):\n        self.v = A\n        self.w = B\nM = N()\n",
        "M.w",
        "N.__init__.__code__ = (lambda self: None).__code__.replace(co_name='__init__', co_qualname='N.__init__')\n",
    ),
    "an object that was made anew lacks what it was given": Kind(
        "class N:\n    def __init__(self, v): self.v = v\nM = N(A)\nM.name = 'M'\n",
        "class N:\n    def __init__(self, v): self.v = v\nM = N(B)\nM.name = 'M'\n",
        "M.name",
        "M = N(B)\n",
    ),
    "an object in a slot": Kind(
        "class N:\n    __slots__ = ('v',)\n    def __init__(self, v): self.v = v\nM = N(A)\n",
        "class N:\n    __slots__ = ('v',)\n    def __init__(self, v): self.v = v\nM = N(B)\n",
        "M.v",
    ),
    "a method is left": Kind(
        "class N:\n    def M(self): return A\n    def m2(self): return B\n",
        "class N:\n    def M(self): return A\n",
        "N.m2",
    ),
    "a method is missing": Kind(
        "class N:\n    def M(self): return A\n",
        "class N:\n    def M(self): return A\n    def m2(self): return B\n",
        "N.m2",
    ),
    "a method is of another kind": Kind(
        "class N:\n    def M(x): return A\n", "class N:\n    @staticmethod\n    def M(x): return A\n", "N.M"
    ),
    "a property has its old getter": Kind(
        "class N:\n    @property\n    def M(self): return A\n",
        "class N:\n    @property\n    def M(self): return B\n",
        "N.M.fget.__code__",
    ),
    "a base is left": Kind(
        "class P: pass\nclass Q: pass\nclass N(P): pass\n",
        "class P: pass\nclass Q: pass\nclass N(Q): pass\n",
        "N.__bases__[0]",
    ),
    "a value of a class": Kind("class N:\n    M = A\n", "class N:\n    M = B\n", "N.M"),
    "a value of a nested class": Kind(
        "class N:\n    class I:\n        M = A\n", "class N:\n    class I:\n        M = B\n", "N.I.M"
    ),
    "an enumeration's member is missing": Kind(
        "import enum\nclass N(enum.Enum):\n    P = A\n",
        "import enum\nclass N(enum.Enum):\n    P = A\n    Q = B\n",
        "N.Q",
    ),
    "an enumeration's value": Kind(
        "import enum\nclass N(enum.IntEnum):\n    P = A\n",
        "import enum\nclass N(enum.IntEnum):\n    P = B\n",
        "N.P._value_",
    ),
    "a dataclass has an old field": Kind(
        "import dataclasses\n@dataclasses.dataclass\nclass N:\n    M: int = A\n",
        "import dataclasses\n@dataclasses.dataclass\nclass N:\n    M: int = B\n",
        "N.__dataclass_fields__['M'].default",
        "N.M = B\nN.__init__.__defaults__ = (B,)\n",
    ),
    "a named tuple": Kind(
        "import collections\nN = collections.namedtuple('N', 'p q')\nM = N(1, A)\n",
        "import collections\nN = collections.namedtuple('N', 'p q')\nM = N(1, B)\n",
        "M[1]",
    ),
    "an alias has the function of before": Kind(
        "def N(): return A\nM = N\n", "def N(): return B\nM = N\n", "M.__code__", "def N(): return B\n"
    ),
    "a partial has its old argument": Kind(
        "import functools\nN = functools.partial(int, base=A % 7 + 2)\n",
        "import functools\nN = functools.partial(int, base=B % 7 + 2)\n",
        "N.keywords['base']",
    ),
    "a bound method is of an earlier object": Kind(
        "class N:\n    def __init__(self, v): self.v = v\n    def f(self): return self.v\nM = N(A).f\n",
        "class N:\n    def __init__(self, v): self.v = v\n    def f(self): return self.v\nM = N(B).f\n",
        "M.__self__.v",
    ),
    "a cell has its old value": Kind(
        "def o(v):\n    def N(): return v\n    return N\nM = o(A)\n",
        "def o(v):\n    def N(): return v\n    return N\nM = o(B)\n",
        "M.__closure__['v']",
    ),
    "a wrapped function is old": Kind(
        "import functools\n@functools.cache\ndef N(): return A\n",
        "import functools\n@functools.cache\ndef N(): return B\n",
        "N.__wrapped__.__code__",
    ),
    "a decorator is not applied": Kind(
        "def deco(f):\n    def w(): return f()\n    return w\ndef N(): return A\n",
        "def deco(f):\n    def w(): return f()\n    return w\n@deco\ndef N(): return A\n",
        "N",
    ),
    "a decorator is left": Kind(
        "def deco(f):\n    def w(): return f()\n    return w\n@deco\ndef N(): return A\n",
        "def deco(f):\n    def w(): return f()\n    return w\ndef N(): return A\n",
        "N",
    ),
    "a set lacks an element": Kind("N = {'M'}\n", "N = {'M', 'B'}\n", "N{'B'}"),
    "a list has an element too many": Kind("N = [1, A]\n", "N = [1]\n", "N[1]"),
    "an entry of __all__": Kind("__all__ = ['N', 'M']\nN = M = 1\n", "__all__ = ['N']\nN = M = 1\n", "__all__[1]"),
    "a docstring of the module": Kind("'''A'''\n", "'''B'''\n", "__doc__"),
    "a docstring": Kind("def N():\n    'A'\n", "def N():\n    'B'\n", "N.__doc__"),
    "a pattern": Kind("import re\nN = re.compile('A')\n", "import re\nN = re.compile('B')\n", "N.pattern"),
    "an exception's arguments": Kind("N = ValueError(A)\n", "N = ValueError(B)\n", "N.args[0]"),
    "a number with a class of its own": Kind(
        "class N(int): pass\nM = N(A)\n", "class N(int): pass\nM = N(B)\n", "M(int)"
    ),
    "the import of another name": Kind("from os.path import join as N\n", "from os.path import split as N\n", "N"),
    "a conditional definition": Kind(
        "D = A > 0\nif D:\n    def N(): return 1\nelse:\n    def N(): return 2\n",
        "D = A < 0\nif D:\n    def N(): return 1\nelse:\n    def N(): return 2\n",
        "N.__code__",
        "D = False\n",
    ),
    "a loop has not run again": Kind(
        "D = {}\nfor k in ['N']:\n    D[k] = A\n", "D = {}\nfor k in ['N', 'M']:\n    D[k] = A\n", "D['M']"
    ),
    "a module's function that went is left": Kind("def N(): ...\ndef M(): ...\n", "def N(): ...\n", "M"),
    "an abstract method is left": Kind(
        "import abc\nclass N(abc.ABC):\n    @abc.abstractmethod\n    def M(self): ...\n",
        "import abc\nclass N(abc.ABC):\n    def M(self): ...\n",
        "N.__abstractmethods__{'M'}",
        "N.M = lambda self: ...\n",
    ),
    "an attribute of a function": Kind("def N(): ...\nN.tag = A\n", "def N(): ...\nN.tag = B\n", "N.tag"),
}


def stale_states(count: int, seed: int) -> list[Stale]:
    """So many states, each kind at least once."""
    draw = random.Random(seed)
    names = list(KINDS)
    names += draw.sample(names, count - len(names))
    found = []
    for name in names:
        a, b = draw.sample(range(10, 1000), 2)
        words = {"A": str(a), "B": str(b), "N": draw.choice(["pay", "Cart", "item"]), "M": draw.choice(["tax", "Box"])}
        texts = ("".join(words.get(each, each) for each in _tokens(text)) for text in KINDS[name][:2])
        before, after = texts
        hand, path = ("".join(words.get(each, each) for each in _tokens(text)) for text in reversed(KINDS[name][2:]))
        found.append(Stale(name, before, after, hand, path))
    return found


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|\W", text)


#: A module, and what the program does to it: run in the module.
NONE = {
    "a cache is filled": ("C = {}\ndef f(): C['k'] = object()\n", "f()"),
    "a big cache is filled": ("C = {}\n", "C.update({n: [n] for n in range(5000)})"),
    "a cache of functools": ("import functools\n@functools.cache\ndef f(n): return [n]\n", "f(1); f(2)"),
    "a cached property": (
        "import functools\nclass K:\n    @functools.cached_property\n    def p(self): return 1\nO = K()\n",
        "O.p",
    ),
    "a memo on a function": ("def f(): ...\nf.memo = {}\n", "f.memo['x'] = 1"),
    "a memo in a default": ("def f(memo={}): memo['x'] = 1\n", "f()"),
    "a counter": ("N = 0\n", "N += 5"),
    "a counter of a class": ("class K:\n    made = 0\n    def __init__(self): K.made += 1\n", "[K() for _ in 'xyz']"),
    "a counter of itertools": ("import itertools\nN = itertools.count()\n", "[next(N) for _ in 'xyz']"),
    "a counter in a cell": (
        "def o():\n    n = 0\n    def f():\n        nonlocal n; n += 1\n    return f\nf = o()\n",
        "f()",
    ),
    "a list is filled": ("L = []\n", "L.extend(range(10))"),
    "a list is emptied": ("L = [1, 2]\n", "L.clear()"),
    "a key is deleted": ("D = {'a': 1, 'b': 2}\n", "del D['a']"),
    "a key is overwritten": ("D = {'a': 1}\n", "D['a'] = 'state'"),
    "keys stand in another order": ("D = {'a': 1, 'b': 2}\n", "D['a'] = D.pop('a')"),
    "a set has grown": ("S = {'a'}\n", "S.add('b')"),
    "a defaultdict": ("import collections\nD = collections.defaultdict(list)\n", "D['x'].append(1)"),
    "a Counter": ("import collections\nC = collections.Counter()\n", "C['x'] += 1"),
    "a deque": ("import collections\nQ = collections.deque(maxlen=3)\n", "Q.extend('abcd')"),
    "a queue": ("import queue\nQ = queue.Queue()\n", "Q.put(1)"),
    "a connection": ("import socket\nS = None\n", "S = socket.socket()"),
    "a database": ("import sqlite3\nD = sqlite3.connect(':memory:')\n", "D.execute('create table t (x)')"),
    "a file": ("import os\nF = None\n", "F = open(os.devnull)"),
    "a lock is held": ("import threading\nL = threading.Lock()\n", "L.acquire()"),
    "a thread": ("import threading\nT = None\n", "T = threading.Thread(target=int); T.start()"),
    "an event is set": ("import threading\nE = threading.Event()\n", "E.set()"),
    "a thread's own": ("import threading\nL = threading.local()\n", "L.x = 1"),
    "a context variable": ("import contextvars\nV = contextvars.ContextVar('V')\n", "V.set(1)"),
    "a generator": ("def g(): yield 1; yield 2\nG = g()\n", "next(G)"),
    "an iterator": ("I = iter([1, 2, 3])\n", "next(I)"),
    "a random state": ("import random\nR = random.Random(1)\n", "R.random()"),
    "a function is patched": ("def f(): return 1\n", "f = lambda: 2"),
    "a method is patched": ("class K:\n    def m(self): return 1\n", "K.m = lambda self: 2"),
    "an object is patched": ("class K:\n    def m(self): return 1\nO = K()\n", "O.m = lambda: 2"),
    "a mock": ("from unittest import mock\ndef f(): return 1\n", "f = mock.Mock()"),
    "a name is added": ("X = 1\n", "Y = 2"),
    "a name is deleted": ("X = 1\n", "del X"),
    "an attribute of a class is added": ("class K: pass\n", "K.extra = 1"),
    "a class is made": ("class K: pass\n", "L = type('L', (K,), {})"),
    "a class is registered": ("import abc\nclass K(abc.ABC): pass\n", "K.register(int)"),
    "a singleton": (
        "class K:\n    one = None\n"
        "    def __new__(c):\n        c.one = c.one or object.__new__(c)\n        return c.one\n",
        "K()",
    ),
    "objects in a weak set": ("import weakref\nclass K: pass\nW = weakref.WeakSet()\n", "O = K(); W.add(O)"),
    "a weak reference": ("import weakref\nclass K: pass\nO = K()\nW = weakref.ref(O)\n", "O = None"),
    "an object's attributes": ("class K: pass\nO = K()\nO.a = 1\n", "O.a = 2; O.b = 3"),
    "an object in a slot": ("class K:\n    __slots__ = ('a',)\nO = K()\nO.a = 1\n", "O.a = 2"),
    "a dataclass": ("import dataclasses\n@dataclasses.dataclass\nclass K:\n    a: int = 1\nO = K()\n", "O.a = 5"),
    "an object is replaced": ("class K: pass\nO = K()\n", "O = K(); O.x = 1"),
    "a list is replaced": ("L = [1]\n", "L = [1, 2]"),
    "a value has another type": ("X = None\n", "X = {'a': 1}"),
    "the time": ("import time\nT = time.time()\nD = time.localtime()\n", ""),
    "the process": ("import os\nP = os.getpid()\nI = id(object())\n", ""),
    "chance": ("import random, uuid\nR = random.random()\nU = uuid.uuid4()\nL = [random.random()]\n", ""),
    "the order of hashes": ("S = {'a', 'b', 'c', 'd'}\nL = list(S)\nH = hash('a')\n", ""),
    "an address": ("O = object()\nR = repr(O)\n", ""),
    "a temporary name": ("import tempfile\nT = tempfile.mktemp()\n", ""),
    "the environment": ("import os\nE = dict(os.environ)\n", ""),
    "a logger": ("import logging\nL = logging.getLogger('states')\n", "L.setLevel(30); L.propagate = False"),
    "a handler of exit": ("import atexit\ndef f(): ...\n", "atexit.register(f); atexit.unregister(f)"),
    "a pseudo member": ("import enum\nclass K(enum.Flag):\n    A = 1\n    B = 2\n", "X = K.A | K.B"),
    "a registry that the program fills": ("R = {}\ndef register(n, f): R[n] = f\n", "register('x', print)"),
    "what lies deep": ("D = {}\n", "d = D\nfor _ in range(40): d['x'] = d = {}"),
    "itself": ("L = []\n", "L.append(L)"),
}
