"""What may be evaluated again unseen, and which values count as the same."""

import ast
import enum
import sys
import types
from collections import ChainMap

import pytest
from reloadr._purity import is_pure, same_value, values_differ

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


@pytest.fixture(scope="module")
def module() -> types.ModuleType:
    made = types.ModuleType("purity_subject")
    sys.modules[made.__name__] = made  # data classes look their module up
    exec(compile(MODULE, "subject.py", "exec"), made.__dict__)
    return made


TREES: dict[tuple[str, int], ast.FunctionDef | ast.Lambda] = {
    (
        getattr(node, "name", "<lambda>"),
        min(n.lineno for n in (node, *getattr(node, "decorator_list", ()))),
    ): node
    for node in ast.walk(ast.parse(MODULE))
    if isinstance(node, ast.FunctionDef | ast.Lambda)
}


def source_of(function: types.FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    if function.__code__.co_filename != "subject.py":
        return None
    return TREES.get((function.__name__, function.__code__.co_firstlineno))


def pure(text: str, namespace: object) -> bool:
    return is_pure(ast.parse(text, mode="eval").body, namespace, source_of)  # type: ignore[arg-type]


PURE = """
URL
1
URL + "/x"
f"{URL}:{N:>{N}}"
Path(URL) / "x"
Path(URL).parent.with_suffix(".x").resolve()
Path("a", URL).parents[0].name
[n.replace("a", "b") for n in NAMES]
{n: len(n) for n in NAMES if n}
{n for n in NAMES}
[(a, b) for a in NAMES for b in a]
CONF["x"] + 1
CONF["l"]["q"].upper()
CONF["p"] / "z"
CONF.get("x", 3) * 2
CONF.get("missing") or URL
re.compile(URL + r"\\d", re.I | re.M)
re.compile(URL).pattern
re.sub("a", "b", URL).split("/")[0]
os.path.join(URL, "x")
os.path.dirname(os.path.abspath(URL))
json.loads(json.dumps(CONF["l"]))
json.loads('{"a": [1]}')["a"][0] + 1
base64.b64encode(URL.encode()).decode()
textwrap.dedent(URL)
good(N)
good(N, y=3)
passes(N)
fib(10)
even(4)
list(gen(N))
tuple(gen(N))
sum(gen(N))
rebinds(NAMES)
inner(3)
local_import(URL)
group(NAMES)
walrus(NAMES)
unpack([(1, 2), (3, 4)])
by_alias(3)
closure()
counted(N)
add_two(N)
tuple(sorted(NAMES, key=lambda n: -len(n)))
sorted(ROWS, key=operator.itemgetter("n"))
sorted([Point(1)], key=operator.attrgetter("x"))
list(map(str.upper, NAMES))
list(upper(NAMES))
list(filter(None, NAMES))
any(n.startswith("a") for n in NAMES)
max(NAMES, key=len)
min(1, N)
sum(len(n) for n in NAMES)
sum([1, N]) / 2
round(N / 7, 2)
Color.RED
Color.RED.value + 1
Color["RED"]
Color(1)
Color.RED.name.lower()
[c.name for c in Color]
{c: c.value for c in Color}
Mode.R | Mode.W
Point(1, 2)
Point(N).x + 1
Point(N, y=3).norm()
Pair(1, b=2).a
Typed(1).b.upper()
Pair(*NAMES)
functools.partial(bad, 1)
functools.partial(print)
functools.reduce(operator.add, [1, 2])
functools.reduce(lambda a, b: a + [b], NAMES, [])
datetime.timedelta(seconds=N) * 2
datetime.datetime(2020, 1, 1, tzinfo=UTC).isoformat().replace("-", "")
datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
datetime.date.fromisoformat("2020-01-01")
decimal.Decimal("1.0") + N
typing.Optional[int]
typing.Union[int, Point]
typing.Callable[[int], str]
int | None
Simple | None
dict[str, Point]
list[Simple]
typing.cast(int, N) + 1
lambda x: bad(x)
lambda: open("x")
math.sqrt(N) * math.pi
simple.v
simple.slot
simple.shared
simple.read()
Simple.shared
Simple.static(2)
Simple.made(2)
simple.made(2)
space.a.upper()
collections.Counter(URL)
collections.defaultdict(list)
collections.OrderedDict(a=1)
collections.deque(NAMES, 3)
types.MappingProxyType({"a": N})
proxy["a"] + "x"
types.SimpleNamespace(a=N).a
hashlib.sha256(URL.encode()).hexdigest()[:8]
uuid.UUID("12345678123456781234567812345678")
struct.Struct("<I").size
string.Template("$a").substitute(a=N)
URL.split("/")[0]
isinstance(URL, str)
isinstance(URL, (str, bytes))
isinstance(simple, Simple)
URL if N > 2 else None
dict(zip(NAMES, range(3)))
dict(a=1, **CONF["l"])
dict([("a", 1)])
dict.fromkeys(NAMES, 0)
{**CONF["l"], "z": N}
[*NAMES, "c"]
{"a": simple, "b": ghost}
[ghost]
(ghost, 1)[1]
list(itertools.chain(NAMES, [1]))
list(itertools.chain.from_iterable(NAMES))
[*enumerate(NAMES, 1)]
"%s-%d" % (URL, N)
"{} {x}".format(URL, x=N)
not URL
-N
NAMES[1:]
NAMES[0] in CONF
ghost is None
frozenset(NAMES) | {"c"}
set(NAMES).union(["x"])
list(ORDER.items())[0][1]
{k: v for k, v in ORDER.items()}
{v: k for k, v in ORDER.items()}
[row["k"] for row in ROWS]
join(NAMES)
(lambda x: x + 1)(2)
next(iter(NAMES))
getattr(simple, "v")
getattr(math, "pi")
type(N)(3)
len(NAMES) + len(Color)
NOTHING
ValueError("x")
__name__ + "x"
good.__name__
int.from_bytes(b"x", "big")
"""

IMPURE = """
bad(1)
bad_global(1)
bad_nonlocal(1)
bad_argument(NAMES)
bad_alias(NAMES)
bad_item(CONF)
bad_nested(ROWS)
bad_deep(NAMES)
bad_attribute(simple)
bad_delete(simple)
bad_dead_branch(1)
bad_handler("1")
bad_finally(1)
list(bad_gen(1))
bad_with("x")
bad_import(1)
bad_late(1)
bad_shadow(1)
bad_loop(NAMES)
bad_operator(1)
bad_default(1)
bad_recursive(3)
bad_closure(1)
bad_escape()
bad_star(1)
bad_raise(1)
bad_lazy_alias()
passes(ghost)
cached(1)
coroutine(1)
ghost.zzz
ghost + 1
ghost == 1
ghost[0]
not ghost
f"{ghost}"
str(ghost)
len(ghost)
list(ghost)
{ghost}
{ghost: 1}
[ghost].index(1)
[ghost].remove(1)
[1].insert(ghost, 2)
NAMES[ghost]
sorted(objects)
set(objects)
1 in objects
objects == [1]
max(objects)
sum(objects)
isinstance(ghost, int)
range(ghost)
enumerate(NAMES, ghost)
os.path.join("a", ghost)
Path(ghost)
"%s" % ghost
"%s" % (ghost,)
"{0.zzz}".format(ghost)
f"{Loud.A}"
"{0.name}".format(Color.RED)
str(Loud.A)
Lookup(3)
simple.prop
simple.cached
simple.write()
getattr(simple, "prop")
"{.prop}".format(simple)
Hooked[1]
WithMeta.zzz
WithMeta()
isinstance(1, WithMeta)
isinstance(1, Abstract)
Post(1)
Factory()
PartialFactory()
MethodFactory()
NAMES[tricky]
f"{holder}"
f"{functools.partial(len, ghost)}"
str([holder])
__private
Mutable(1)
Simple()
Meta("X", (), {})
open("x", "w")
open("x").read()
io.open("x")
Path(URL).write_text("x")
Path(URL).replace("x")
CONF["p"].unlink()
Path(URL).touch()
Path.cwd()
Path.unlink(Path("x"))
print(1)
input()
exec("1")
eval("1")
compile("1", "x", "eval")
__import__("os")
NAMES.sort()
NAMES.append(1)
push(1)
noisy()
list(map(push, NAMES))
LOG.append(1)
CONF.pop("x")
CONF.update(a=1)
CONF.setdefault("z", 1)
CONF["l"].clear()
dict.pop(CONF, "x")
list.append(LOG, 1)
space.b.append(1)
operator.setitem(CONF, "a", 1)
operator.iadd(NAMES, ["x"])
operator.getitem(default, "k")
operator.getitem([LOG], 0).append(1)
default["x"]
default.copy()["x"]
[*map(default.__getitem__, NAMES)]
next(living)
list(living)
for_ever
random.random()
random.choice(NAMES)
time.time()
time.sleep(1)
os.environ["HOME"]
os.environ.get("HOME")
os.getenv("HOME")
os.system("x")
os.remove("x")
subprocess.run(["x"])
socket.socket()
datetime.datetime.now()
datetime.datetime.now(UTC)
datetime.datetime.now(tz=UTC)
datetime.datetime.fromtimestamp(3)
datetime.date.today()
uuid.uuid4()
(N := 2)
[(N := x) for x in NAMES]
typing.TypeVar("T")
object()
list(map(bad, NAMES))
sorted(NAMES, key=bad)
[bad(n) for n in NAMES]
[n for n in NAMES if bad(n)]
map(str, NAMES)
(n for n in NAMES)
iter(NAMES)
functools.partial(bad, 1)()
(lambda: bad(1))()
collections.defaultdict(lambda: bad(1))["x"]
re.sub("a", lambda m: bad(m), URL)
json.dumps({}, default=bad)
json.loads("{}", object_hook=bad)
hashlib.sha256(b"x")
unknown_name
unknown_name.x
math.unknown
os.path.nothing
setattr(simple, "v", 1)
vars(simple)
simple.__dict__
simple.v.__class__
type("X", (), {})
bad(1) if N else 2
URL or bad(1)
{"a": bad(1)}
f"{bad(1)}"
NAMES[bad(0)]
(yield 1)
"""


@pytest.mark.parametrize("text", PURE.strip().splitlines())
def test_accepts(text: str, module: types.ModuleType) -> None:
    """An expression without effects is accepted, and asking left no trace."""
    assert pure(text, vars(module))
    assert not module.LOG


@pytest.mark.parametrize("text", IMPURE.strip().splitlines())
def test_refuses(text: str, module: types.ModuleType) -> None:
    """An expression with an effect, or one that is not understood, is refused; asking runs nothing."""
    assert not pure(text, vars(module))
    assert not module.LOG
    assert module.N == 3 and module.NAMES == ["a", "b"] and not module.default


@pytest.mark.parametrize("text", PURE.strip().splitlines())
def test_accepted_expressions_have_no_effect(text: str) -> None:
    """Evaluating what was accepted changes nothing in the module."""
    made = types.ModuleType("purity_run")
    sys.modules[made.__name__] = made
    exec(compile(MODULE, "subject.py", "exec"), made.__dict__)
    before = (list(made.NAMES), repr(made.CONF), repr(made.ROWS), repr(made.ORDER), vars(made.simple).copy())
    eval(text, made.__dict__)
    after = (list(made.NAMES), repr(made.CONF), repr(made.ROWS), repr(made.ORDER), vars(made.simple).copy())
    assert before == after
    assert not made.LOG


def test_await_is_refused(module: types.ModuleType) -> None:
    """An awaited value belongs to a running loop."""
    body = ast.parse("async def f(): return await x").body[0]
    assert isinstance(body, ast.AsyncFunctionDef) and isinstance(body.body[0], ast.Return)
    assert body.body[0].value is not None
    assert not is_pure(body.body[0].value, vars(module), source_of)


def test_class_namespace_is_seen_first(module: types.ModuleType) -> None:
    """In a class body its own names hide those of the module."""
    hidden = ChainMap({"good": module.bad}, vars(module))
    assert not pure("good(1)", hidden)
    assert pure("good(1)", ChainMap({}, vars(module)))


def test_comprehension_in_class_body_does_not_see_the_class(module: types.ModuleType) -> None:
    """Both the class's and the module's meaning of a name have to be harmless inside a comprehension."""
    assert not pure("[bad(n) for n in NAMES]", ChainMap({"bad": len}, vars(module)))
    assert not pure("[len(n) for n in NAMES]", ChainMap({"len": module.bad}, vars(module)))


def test_function_without_source_is_refused(module: types.ModuleType) -> None:
    """What cannot be read cannot be known to be pure."""
    assert not is_pure(ast.parse("good(1)", mode="eval").body, vars(module), lambda function: None)


def test_failing_source_is_refused(module: types.ModuleType) -> None:
    """An error while asking means unsure."""

    def fails(function: types.FunctionType) -> ast.FunctionDef:
        raise OSError

    assert not is_pure(ast.parse("good(1)", mode="eval").body, vars(module), fails)


def test_large_expression_ends(module: types.ModuleType) -> None:
    """A walk has a budget, so that no save waits for it."""
    assert not pure("[" + ",".join(["good(N)"] * 30_000) + "]", vars(module))


def test_deep_expression_is_unsure(module: types.ModuleType) -> None:
    """Nesting beyond the recursion limit is refused, without an error."""
    node: ast.expr = ast.Constant(1)
    for _ in range(100_000):
        node = ast.UnaryOp(ast.USub(), node)
    assert not is_pure(node, vars(module), source_of)
    while isinstance(node, ast.UnaryOp):  # freed piece by piece: some versions free nested trees recursively
        node = node.operand


# ---------------------------------------------------------------------------------------- same value

SAME = """
1 | 1
"a" * 40 | "a" * 40
float("nan") | float("nan")
(1, 2.5, "x") | (1, 2.5, "x")
[1, [2, {3}]] | [1, [2, {3}]]
{"a": 1, "b": [2]} | {"b": [2], "a": 1}
{Path("a"): 1} | {Path("a"): 1}
frozenset({1, 2}) | frozenset({2, 1})
re.compile("a", re.I) | re.compile("a", re.I)
functools.partial(good, 1, y=2) | functools.partial(good, 1, y=2)
list[int] | list[int]
typing.Optional[int] | typing.Optional[int]
typing.Annotated[int, [1]] | typing.Annotated[int, [1]]
int | int
Path("a") / "b" | Path("a/b")
Color.RED | Color.RED
Mode.R.__or__(Mode.W) | Mode.W.__or__(Mode.R)
range(0, 5) | range(0, 5)
types.MappingProxyType({"a": [1]}) | types.MappingProxyType({"a": [1]})
types.SimpleNamespace(a=[1]) | types.SimpleNamespace(a=[1])
math | math
good | good
Point(1, 2) | Point(1, 2)
Pair(1, [2]) | Pair(1, [2])
decimal.Decimal("NaN") | decimal.Decimal("NaN")
datetime.datetime(2020, 1, 1, tzinfo=UTC) | datetime.datetime(2020, 1, 1, tzinfo=UTC)
collections.deque([1], 3) | collections.deque([1], 3)
collections.Counter("aab") | collections.Counter("aba")
collections.defaultdict(list, a=[1]) | collections.defaultdict(list, a=[1])
operator.itemgetter(1) | operator.itemgetter(1)
string.Template("$a") | string.Template("$a")
struct.Struct("<I") | struct.Struct("<I")
slice(1, 2) | slice(1, 2)
simple.read | simple.read
[].append is None | False
ghost | ghost
[ghost] | [ghost]
make_adder(2) | make_adder(2)
ValueError | ValueError
b"x" * 30 | b"x" * 30
"""

DIFFERENT = """
1 | True
1 | 1.0
0.0 | -0.0
[1] | (1,)
[1] | [True]
[0.0] | [-0.0]
{"a": 1} | {"a": 1.0}
{1: 2} | {True: 2}
{1} | {1.0}
"a" | b"a"
{"a": 1} | {"a": 1, "b": 2}
re.compile("a") | re.compile("a", re.I)
functools.partial(good, 1) | functools.partial(good, 2)
list[int] | list[str]
Path("a") | "a"
Color.RED | Color.BLUE
Color.RED | 1
range(0) | range(1, 1)
object() | object()
Simple() | Simple()
Ghost() | Ghost()
[Ghost()] | [Ghost()]
{"a": Ghost()} | {"a": Ghost()}
{Ghost(): 1} | {Ghost(): 1}
{Ghost()} | {Ghost()}
make_adder(2) | make_adder(3)
make_adder(2) | make_bad()
good | passes
Point(1, 2) | Point(1, 3)
Point(1) | Pair(1, 0)
Pair(1, 2) | (1, 2)
decimal.Decimal("1.0") | decimal.Decimal("1.00")
datetime.datetime(2020, 1, 1, tzinfo=UTC) | datetime.datetime(2020, 1, 1)
collections.deque([1], 3) | collections.deque([1], 4)
collections.OrderedDict(a=1, b=2) | collections.OrderedDict(b=2, a=1)
collections.defaultdict(list) | collections.defaultdict(set)
operator.itemgetter(1) | operator.itemgetter(2)
typing.TypeVar("T") | typing.TypeVar("T")
iter([1]) | iter([1])
Simple().read | Simple().read
None | 0
"""


def both(line: str, module: types.ModuleType) -> tuple[object, object]:
    a, b = line.split(" | ")
    return eval(a, vars(module)), eval(b, vars(module))


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_same(line: str, module: types.ModuleType) -> None:
    """Equal values of one type are the same, in both directions, and no method of the user's ran."""
    a, b = both(line, module)
    module.LOG.clear()
    assert same_value(a, b) and same_value(b, a) and not values_differ(a, b)
    assert not module.LOG


@pytest.mark.parametrize("line", DIFFERENT.strip().splitlines())
def test_different(line: str, module: types.ModuleType) -> None:
    """Values that differ, or that cannot be compared without running the user's code, are not the same."""
    a, b = both(line, module)
    module.LOG.clear()
    assert not same_value(a, b) and not same_value(b, a) and values_differ(a, b)
    assert not module.LOG


def test_lambdas_compare_by_code_not_by_place() -> None:
    """A lambda that only moved to another line is the same; one that computes something else is not."""

    def made(text: str) -> object:
        return eval(compile(text, "f.py", "eval"), {})

    assert same_value(made("lambda x: x + 1"), made("\n\nlambda x:  x + 1"))
    assert not same_value(made("lambda x: x + 1"), made("lambda x: x + 2"))
    assert not same_value(made("lambda x=1: x"), made("lambda x=2: x"))
    assert not same_value(made("lambda x: x"), made("lambda y: y"))
    assert same_value(made("lambda: (lambda: 0.0)"), made("lambda:\\\n (lambda: 0.0)"))
    assert not same_value(made("lambda: (lambda: 0.0)"), made("lambda: (lambda: -0.0)"))
    assert not same_value(made("lambda: 1"), eval(compile("lambda: 1", "g.py", "eval"), {}))


def test_cycles_end() -> None:
    """Containers that hold themselves are compared without end-less recursion."""
    a: list[object] = [1]
    a.append(a)
    b: list[object] = [1]
    b.append(b)
    c: list[object] = [2]
    c.append(c)
    assert same_value(a, b)
    assert not same_value(a, c)
    d: dict[str, object] = {}
    d["self"] = d
    e: dict[str, object] = {}
    e["self"] = e
    assert same_value(d, e)


def test_shared_parts_are_compared_once() -> None:
    """A structure whose parts are shared takes time linear in its size."""

    def tower() -> list[object]:
        made: list[object] = [1]
        for _ in range(60):
            made = [made, made]
        return made

    assert same_value(tower(), tower())


def test_too_deep_is_different_not_an_error() -> None:
    """Nesting beyond the recursion limit is unsure, hence different."""

    def nest() -> list[object]:
        made: list[object] = []
        for _ in range(100_000):
            made = [made]
        return made

    assert not same_value(nest(), nest())


def test_raising_comparison_is_different() -> None:
    """A comparison that raises is not the user's problem."""

    class Odd(enum.Enum):
        A = 1

        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    assert not same_value([Odd.A], [1])
    assert same_value([Odd.A], [Odd.A])
