"""What may be evaluated again unseen."""

import ast
import sys
import types
from collections import ChainMap

import pytest
from purity_subject import MODULE, make_subject
from reloadr.judge.purity import is_pure


@pytest.fixture(scope="module")
def module() -> types.ModuleType:
    return make_subject()


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
Simple()
Told(1).n + N
list(Told(1))
list(told)
Told(1)(2)
told(2)
Told(1).twice
told.twice
shown(1)
wrapping(lambda: 3)()
collections.ChainMap({"a": 1}, CONF)
chained["a"]
chained.get("b")
isinstance(Told(1), Going)
Number.__supertype__
Mutable(1)
vars(simple)
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

#: From CPython 3.14 on, to ask for annotations runs them.
ASKING = "typing.get_type_hints(hinted)\n"
if sys.version_info < (3, 14):
    PURE += ASKING

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
list(Heard(1))
list(heard)
heard(2)
heard.twice
logged(1)
typing.get_type_hints(hinted_otherwise)
wrapping(print)()
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
    made = make_subject("run")
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
