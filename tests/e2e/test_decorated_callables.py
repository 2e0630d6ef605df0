"""`@autoreload` on everything that can be called: what is patched where it lives, and what gets a proxy."""

import pytest
from program import replace

#: A module in which everything says what it was saved with. `undecorated` shows that nothing else follows.
SHOP = """
import functools
from reloadr import autoreload

def undecorated():
    return VALUE

class Till:
    @autoreload
    def method(self):
        return VALUE

    @autoreload
    @staticmethod
    def static():
        return VALUE

    @staticmethod
    @autoreload
    def static_inside():
        return VALUE

    @autoreload
    @classmethod
    def of_class(cls):
        return cls.__name__ + VALUE

    @autoreload
    @property
    def prop(self):
        return VALUE

    @property
    @autoreload
    def prop_inside(self):
        return VALUE

    @autoreload
    async def later(self):
        return VALUE

    @autoreload
    async def stream(self):
        yield VALUE

    def other(self):
        return VALUE

    class Inner:
        @autoreload
        def method(self):
            return VALUE

@autoreload
def generator():
    yield VALUE

@autoreload
@functools.singledispatch
def dispatched(value):
    return VALUE

@autoreload
def outer():
    def inner():
        return VALUE
    return inner
"""

MAIN = """
import asyncio, sys, time
sys.path.insert(0, '.')
import reloadr, shop
till = shop.Till()
held = [
    till.method, shop.Till.static, till.static_inside, shop.Till.of_class, lambda: till.prop, lambda: till.prop_inside,
    lambda: asyncio.run(till.later()), lambda: asyncio.run(anext(till.stream())), shop.Till.Inner().method,
    lambda generator=shop.generator: next(generator()), lambda f=shop.dispatched: f(1),
    shop.outer(), till.other, shop.undecorated,
]
def serve():
    seen = None
    while True:
        now = [each() for each in held]
        if now != seen:
            seen = now
            print(' '.join(now), flush=True)
        time.sleep(0.005)
serve()
"""


def test_every_kind_is_patched_where_it_lives(start, tmp_path):
    """Methods, static and class methods, properties, coroutines, generators, closures: old references run new code."""
    (tmp_path / "shop.py").write_text(SHOP.replace("VALUE", "'old'"))
    (tmp_path / "main.py").write_text(MAIN)
    program = start("main.py")
    live = "{0} {0} {0} Till{0} {0} {0} {0} {0} {0} {0} {0} {0} old old"
    program.prints(live.format("old"))
    replace(tmp_path / "shop.py", SHOP.replace("VALUE", "'new'"))
    program.prints(live.format("new"))
    replace(tmp_path / "shop.py", "# moved\n" + SHOP.replace("VALUE", "'last'"))
    program.prints(live.format("last"))


CALLABLES = """
import functools, math, operator
from reloadr import autoreload

def add(a, b):
    return a + b

class Scale:
    def __init__(self, factor):
        self.factor = factor
    def __call__(self, value):
        return self.factor * value

class Dispatcher:
    '''Runs code of its own, as compiled functions do.'''
    def __init__(self, function):
        self.py_func = function
        self.compiled = eval(compile(f'lambda: {function()!r}', '<compiled>', 'eval'))
    def __call__(self):
        return self.compiled()

class Vectorized:
    '''Keeps the function in what compiles for it, out of sight, as numba's ufuncs do.'''
    __slots__ = ('_dispatcher', '__dict__')
    def __init__(self, function):
        self._dispatcher = Dispatcher(function)
        self.__wrapped__ = function
    def __call__(self):
        return self._dispatcher()

partial = autoreload(functools.partial(add, 1))
builtin = autoreload(math.floor)
instance: object = autoreload(Scale(2))
by_hand = autoreload(on='manual')(operator.itemgetter(0))
at_polls = autoreload(on='poll')(functools.partial(add, 10))
timed = autoreload(every=0.05)(functools.partial(add, 100))
other = functools.partial(add, 1000)

@autoreload
@Dispatcher
def compiled():
    return 'one'

@autoreload
@Vectorized
def vectorized():
    return 'un'

@autoreload
@Scale
def decorated():
    return 'unused'

class Owner:
    inside = autoreload(functools.partial(add, 5))
"""

EDITS = [
    ("partial(add, 1))", "partial(add, 2))"),
    ("math.floor", "math.ceil"),
    ("Scale(2)", "Scale(3)"),
    ("itemgetter(0)", "itemgetter(1)"),
    ("(functools.partial(add, 10))", "(functools.partial(add, 20))"),
    ("partial(add, 100)", "partial(add, 200)"),
    ("partial(add, 1000)", "partial(add, 2000)"),
    ("'one'", "'two'"),
    ("'un'", "'deux'"),
    ("partial(add, 5)", "partial(add, 6)"),
]

HOLDER = """
import sys, time
sys.path.insert(0, '.')
import reloadr, shop
from shop import partial, builtin, instance, by_hand, at_polls, timed, compiled, vectorized, Owner, other
table = {'partial': partial, 'inside': Owner.inside}
def serve():
    seen = None
    while True:
        {frame}
        now = [table['partial'](1), builtin(0.5), instance(1), by_hand('xy'), at_polls(1), timed(1),
               compiled() + vectorized(), table['inside'](1), other(1)]
        if now != seen:
            seen = now
            print(*now, flush=True)
        time.sleep(0.005)
serve()
"""


def begin(start, folder, frame="pass"):
    (folder / "shop.py").write_text(CALLABLES)
    (folder / "main.py").write_text(HOLDER.replace("{frame}", frame))
    program = start("main.py")
    program.prints("2 0 2 x 11 101 oneun 6 1001")
    text = CALLABLES
    for old, new in EDITS:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return program, text


def test_what_cannot_be_patched_follows_by_a_proxy(start, tmp_path):
    """Held in a dict, by `from shop import`, in a class; what is for polls or by hand waits, what is plain stays."""
    program, text = begin(start, tmp_path)
    replace(tmp_path / "shop.py", text)
    program.prints("3 1 3 x 11 201 twodeux 7 1001")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("reloadr.poll()", "3 1 3 x 21 201 twodeux 7 1001"),
        ("reloadr.reload(by_hand)", "3 1 3 y 11 201 twodeux 7 1001"),
    ],
)
def test_proxies_and_safe_points(start, tmp_path, frame, expected):
    """Where `reloadr.poll()` is called, or `reloadr.reload(proxy)`."""
    program, text = begin(start, tmp_path, frame)
    replace(tmp_path / "shop.py", text)
    program.prints(expected)


def test_an_error_in_the_statement_keeps_the_old_callable(start, tmp_path):
    """It is shown, and mended by the next save."""
    program, text = begin(start, tmp_path)
    replace(tmp_path / "shop.py", text.replace("math.ceil", "math.nothing"))
    program.prints("RL402")
    assert "3 1 3" not in program.output
    replace(tmp_path / "shop.py", text)
    program.prints("3 1 3 x 11 201 twodeux 7 1001")


def test_a_proxy_that_a_reload_brought_is_followed(start, tmp_path):
    """A statement that was added to a watched file, and is edited later."""
    (tmp_path / "shop.py").write_text("import functools, reloadr\n")
    (tmp_path / "main.py").write_text(
        "import sys, time\nsys.path.insert(0, '.')\nimport reloadr, shop\nreloadr.watch(shop)\n"
        "print('ready', flush=True)\n"
        "while not hasattr(shop, 'added'):\n    time.sleep(0.002)\n"
        "held = [shop.added]\nprint('held', held[0](), flush=True)\n"
        "while held[0]() == 'old':\n    time.sleep(0.002)\n"
        "print('held', held[0](), flush=True)\n"
        "reloadr.undo()\nprint('undone', held[0](), flush=True)\n"
    )
    program = start("main.py")
    program.prints("ready")
    text = "import functools, reloadr\nadded = reloadr.autoreload(functools.partial(str, 'old'))\n"
    replace(tmp_path / "shop.py", text)
    program.prints("held old")
    replace(tmp_path / "shop.py", text.replace("'old'", "'new'"))
    program.prints("held new")
    program.prints("undone old")
    assert program.ends() == 0


def test_disabled_there_is_no_proxy(start, tmp_path):
    """The very object comes back."""
    (tmp_path / "main.py").write_text(
        "import functools, reloadr\np = functools.partial(int)\n"
        "print(reloadr.autoreload(p) is p, reloadr.autoreload(every=1)(len) is len)\n"
    )
    program = start("main.py", env={"RELOADR_DISABLE": "1"})
    assert program.ends() == 0, program.output
    assert program.lines == ["True True"]


def test_inside_a_function_a_callable_stays_what_it_is(start, tmp_path):
    """No name is bound there that a reload could follow; the functions in it are patched, and a builtin is named."""
    (tmp_path / "shop.py").write_text(
        "import functools, reloadr\ndef price():\n    return 'old'\n"
        "def make():\n    return reloadr.autoreload(functools.partial(price)), reloadr.autoreload(len)\n"
    )
    (tmp_path / "main.py").write_text(
        "import sys, time\nsys.path.insert(0, '.')\nimport shop\nprice, size = shop.make()\n"
        "print(type(price).__name__, size is len, flush=True)\n"
        "while price() == 'old':\n    time.sleep(0.002)\nprint(price(), flush=True)\n"
    )
    program = start("main.py")
    program.prints("partial True")
    program.prints("cannot reach the source of <built-in function len>")
    replace(tmp_path / "shop.py", (tmp_path / "shop.py").read_text().replace("'old'", "'new'"))
    program.prints("new")
    assert program.ends() == 0
