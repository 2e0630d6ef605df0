"""Which values count as the same."""

import enum
import types

import pytest
from purity_subject import make_subject
from reloadr.judge.same import same_value

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


@pytest.fixture(scope="module")
def module() -> types.ModuleType:
    return make_subject()


def both(line: str, module: types.ModuleType) -> tuple[object, object]:
    a, b = line.split(" | ")
    return eval(a, vars(module)), eval(b, vars(module))


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_same(line: str, module: types.ModuleType) -> None:
    """Equal values of one type are the same, in both directions, and no method of the user's ran."""
    a, b = both(line, module)
    module.LOG.clear()
    assert same_value(a, b) and same_value(b, a)
    assert not module.LOG


@pytest.mark.parametrize("line", DIFFERENT.strip().splitlines())
def test_different(line: str, module: types.ModuleType) -> None:
    """Values that differ, or that cannot be compared without running the user's code, are not the same."""
    a, b = both(line, module)
    module.LOG.clear()
    assert not same_value(a, b) and not same_value(b, a)
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
