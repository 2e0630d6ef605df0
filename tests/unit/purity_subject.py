"""A module of all that an expression may meet, for the tests of what may be evaluated and what is the same."""

import sys
import types

MODULE = '''
import base64, collections, dataclasses, datetime, decimal, enum, functools, hashlib, io, itertools, json
import math, operator, os, pathlib, random, re, socket, string, struct, subprocess, textwrap, time, types
import typing, uuid
import itertools
from abc import ABCMeta
from pathlib import Path

URL = "a/b"
N = 3
NAMES = ["a", "b"]
LOG = []
ROWS = [{"k": "x", "n": 1}]
CONF = {"x": 1, "p": Path("/x"), "l": {"q": "r"}}
ORDER = {"b": 2, "a": 1}
NOTHING = None
UTC = datetime.timezone.utc


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Loud(enum.Enum):
    A = 1

    def __str__(self):
        LOG.append("str")
        return "A"


class Lookup(enum.Enum):
    A = 1

    @classmethod
    def _missing_(cls, value):
        LOG.append(value)
        return cls.A


class Mode(enum.Flag):
    R = 1
    W = 2


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list)

    def norm(self):
        return self.x + self.y


@dataclasses.dataclass(frozen=True)
class Post:
    x: int

    def __post_init__(self):
        LOG.append(self.x)


@dataclasses.dataclass(frozen=True)
class Factory:
    x: list = dataclasses.field(default_factory=lambda: LOG.append(1))


@dataclasses.dataclass(frozen=True)
class PartialFactory:
    x: object = dataclasses.field(default_factory=functools.partial(LOG.append, 1))


@dataclasses.dataclass(frozen=True)
class MethodFactory:
    x: object = dataclasses.field(default_factory=LOG.copy)
    y: object = dataclasses.field(default_factory=LOG.clear)


@dataclasses.dataclass
class Mutable:
    x: int


Pair = collections.namedtuple("Pair", "a b")


class Typed(typing.NamedTuple):
    a: int
    b: str = "z"


class Ghost:
    def __getattr__(self, name):
        LOG.append(name)
        return 1

    def __add__(self, other):
        LOG.append("add")
        return self

    def __hash__(self):
        LOG.append("hash")
        return 1

    def __eq__(self, other):
        LOG.append("eq")
        return True

    def __bool__(self):
        LOG.append("bool")
        return True

    def __len__(self):
        LOG.append("len")
        return 1

    def __iter__(self):
        LOG.append("iter")
        return iter(())

    def __getitem__(self, key):
        LOG.append("getitem")

    def __index__(self):
        LOG.append("index")
        return 1

    def __fspath__(self):
        LOG.append("fspath")
        return "x"

    @property
    def __class__(self):
        LOG.append("class")
        return int


class Simple:
    shared = "s"
    __slots__ = ("__dict__", "slot")

    def __init__(self):
        self.v = "x"
        self.slot = 4

    def read(self):
        return self.v.upper()

    def write(self):
        self.v = "z"
        return 1

    @property
    def prop(self):
        LOG.append("prop")
        return 1

    @functools.cached_property
    def cached(self):
        LOG.append("cached")
        return 1

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def made(cls, x):
        return (cls.shared, x)


class Hooked:
    def __class_getitem__(cls, item):
        LOG.append(item)
        return cls


class Meta(type):
    def __getattr__(cls, name):
        LOG.append(name)

    def __call__(cls, *args):
        LOG.append(args)

    def __instancecheck__(cls, other):
        LOG.append(other)
        return True


class WithMeta(metaclass=Meta):
    pass


class Abstract(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, other):
        LOG.append(other)
        return True


ghost = Ghost()
class Told:
    """Its special methods only compute."""

    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter([self.n, N])

    def __call__(self, x):
        return x + self.n

    @property
    def twice(self):
        return self.n * 2


class Heard(Told):
    """They do more."""

    def __iter__(self):
        LOG.append("iter")
        return iter([])

    def __call__(self, x):
        LOG.append("call")

    @property
    def twice(self):
        LOG.append("twice")


@functools.singledispatch
def shown(x):
    return str(N)


@shown.register
def _(x: int):
    return N


@functools.singledispatch
def logged(x):
    return N


@logged.register
def _(x: int):
    LOG.append(x)


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return N, function(*args)

    wrapper.mark = N
    return wrapper


def hinted(x: "int", y: "list[str]" = None):
    return x


def hinted_otherwise(x: "good(N)"):
    return x


@typing.runtime_checkable
class Going(typing.Protocol):
    def go(self): ...


Number = typing.NewType("Number", int)
told, heard = Told(1), Heard(1)
chained = collections.ChainMap({"a": 1}, {"b": URL})
simple = Simple()
living = iter([1])
tricky = slice(ghost, None)
holder = functools.partial(len, ghost)
__private = 1
default = collections.defaultdict(list)
objects = [ghost, ghost]
space = types.SimpleNamespace(a="x", b=[1])
join = ", ".join
push = LOG.append
upper = functools.partial(map, str.upper)
noisy = functools.partial(LOG.append, 1)
proxy = types.MappingProxyType({"a": "b"})


def good(x, y=2):
    """Only local effects."""
    out = []
    table = {}
    for i in range(x):
        if i % 2:
            continue
        out.append(i * y)
        table.setdefault(i, []).append(str(i))
    else:
        out += [1]
    out[0] = 5
    del out[0]
    count = 0
    while count < 3:
        count += 1
        if count == 2:
            break
    try:
        z = int("3")
    except (ValueError, KeyError) as error:
        raise RuntimeError("no") from error
    finally:
        count = 0
    assert z, "three"
    return {k: ", ".join(v) for k, v in table.items()}


def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def gen(n):
    for i in range(n):
        yield i * 2
    yield from (1, 2)
def rebinds(xs):
    xs = sorted(xs)
    xs.append("q")
    return xs
def inner(x):
    def add(y, *, z=1):
        return x + y + z
    return [add(i) for i in range(3)] + [(lambda a: a * x)(2)]
def local_import(x):
    import os.path
    from pathlib import Path as P
    return os.path.join(str(P(x)), "b")
def passes(*args, **kwargs): return good(*args, **kwargs)
def group(words):
    found = collections.defaultdict(list)
    for word in words:
        found[word[0]].append(word)
    return dict(found)
def walrus(words): return [y for x in words if (y := x.strip())] if words else None
def unpack(pairs):
    first, *rest = pairs
    return [a + b for a, b in rest] + [first]
def by_alias(n):
    found = []
    add = found.append
    for i in range(n):
        add(i)
    return found
def closure():
    seen = {}
    def put(k): seen[k] = 1
    put("a")
    return seen
def counted(x: "int") -> "str": return str(x)
def make_adder(n):
    def adder(x): return x + n
    return adder
add_two = make_adder(2)


def bad(x):
    LOG.append(x)
    return x
def bad_global(x):
    global N
    N = x
    return x
def bad_nonlocal(x):
    n = 0
    def up():
        nonlocal n
        n += 1
    up()
    return n
def bad_argument(xs):
    xs.append(1)
    return xs
def bad_alias(xs):
    ys = xs
    ys += [1]
    return ys
def bad_item(d):
    d["k"] = 1
    return d
def bad_nested(rows):
    copy = list(rows)
    copy[0]["k"] = 2
    return copy
def bad_deep(rows):
    out = []
    out.append(rows)
    out[0].append(1)
    return out
def bad_attribute(o):
    o.v = 1
    return 1
def bad_delete(o):
    del o.v
def bad_dead_branch(x):
    if x > 100:
        print(x)
    return x
def bad_handler(x):
    try:
        return int(x)
    except ValueError:
        LOG.append(x)
def bad_finally(x):
    try:
        return x
    finally:
        LOG.append(x)
def bad_gen(n):
    yield LOG.append(n)
def bad_with(x):
    with open(x) as f:
        return f.read()
def bad_import(x):
    import not_loaded_module_xyz
    return x
def bad_late(x):
    f = lambda: items[0].append(1)
    items = [[]]
    items = [LOG]
    return f()
def bad_shadow(x):
    names = [NAMES for NAMES in ["x"]]
    NAMES.sort()
    return names
def bad_loop(xs):
    last = []
    for x in xs:
        last.append(x)
        last = LOG
    return last
def bad_operator(x): return x + ghost
def bad_default(x, log=[]):
    log.append(x)
    return log
def bad_recursive(n): return bad(n) if n == 0 else bad_recursive(n - 1)
async def coroutine(x): return x
@functools.lru_cache
def cached(x): return x
def make_bad():
    seen = []
    def inner(x):
        seen.append(x)
        return x
    return inner
bad_closure = make_bad()
def bad_escape(): return functools.reduce(lambda a, b: LOG.append(b), [1, 2], 0)
def bad_star(xs): return good(*ghost)
def bad_raise(x): raise Loud(x)
def bad_lazy_alias():
    fresh = []
    view = (x.append(1) for x in fresh)
    fresh.append(LOG)
    return list(view)
'''


def make_subject(name: str = "subject") -> types.ModuleType:
    """The module, executed anew."""
    module = types.ModuleType(name)
    sys.modules[name] = module  # data classes look their module up
    exec(compile(MODULE, "subject.py", "exec"), module.__dict__)
    return module
