"""Cells that run again: identity stays, and what the earlier run made follows."""

from __future__ import annotations

import gc
import pickle
from textwrap import dedent
from types import FunctionType

import pytest
import reloadr
from notebook import Shell

CART = """\
class Cart:
    size = 0

    def __init__(self):
        self.items = [1, 2]

    def total(self):
        return sum(self.items)

    @property
    def count(self):
        return len(self.items)

    @staticmethod
    def name():
        return "cart"

    @classmethod
    def make(cls):
        return cls()

    class Line:
        def text(self):
            return "line"
"""


def again(shell: Shell, old: str, new: str, cell: str = "a") -> str:
    """Runs a cell a second time, edited; returns what was displayed."""
    text = shell.shell.user_ns["source"]
    assert old in text
    shell.shell.user_ns["source"] = text.replace(old, new)
    return shell.do(shell["source"], cell).plain


def first(shell: Shell, text: str, cell: str = "a") -> None:
    """Runs a cell for the first time."""
    shell.shell.user_ns["source"] = dedent(text)
    assert shell.do(text, cell).shown == []


def test_living_instances_get_the_new_methods(shell: Shell) -> None:
    """And everything else of the class, which stays the same object."""
    first(shell, CART)
    shell.do("cart, held, total, line = Cart(), Cart, Cart().total, Cart.Line()", "b")
    shell.do("name, make = Cart.name, Cart.make")
    shown = again(shell, "sum(self.items)", "-sum(self.items)")
    assert shown == "reloadr: this cell: 1 function"
    again(shell, "len(self.items)", "str(len(self.items))")
    again(shell, '"cart"', '"basket"')
    again(shell, 'return "line"', 'return "LINE"')
    again(shell, "size = 0", "size = 7")
    done = shell.do(
        "held is Cart, cart.total(), total(), cart.count, name(), line.text(), cart.size, type(make()) is Cart"
    )
    assert done.result == (True, -3, -3, "2", "basket", "LINE", 7, True)
    assert shell.do("isinstance(cart, Cart), type(line) is Cart.Line").result == (True, True)


def test_functions_keep_their_identity(shell: Shell) -> None:
    """References held elsewhere run the new code, with new defaults, docstring and annotations."""
    first(shell, "def area(w, h=2):\n    return w * h\n")
    shell.do("callbacks = [area]; import functools; part = functools.partial(area, 5)", "b")
    again(
        shell, "def area(w, h=2):\n    return w * h", 'def area(w: int, h=3) -> int:\n    "New."\n    return w * h + 1'
    )
    assert shell.do("callbacks[0] is area, callbacks[0](5), part()").result == (True, 16, 16)
    assert shell.do("area.__doc__, area.__annotations__").result == ("New.", {"w": int, "return": int})
    assert shell.do("import inspect; inspect.getsource(area)").result.startswith("def area(w: int")


def test_everything_in_the_cell_runs_again(shell: Shell) -> None:
    """Class attributes and defaults that read what another cell made: nothing is stale."""
    shell.do("rate = 1", "r")
    first(shell, "class Tax:\n    rate = rate\n    seen = []\n\ndef tax(x, rate=rate):\n    return x * rate\n")
    shell.do("held, old = Tax, tax; Tax.seen.append(1); Tax.extra = 5", "b")
    shell.do("rate = 2", "r")
    assert shell.do(shell["source"], "a").shown == []
    assert shell.do("held is Tax, held.rate, held.seen, old is tax, old(1), Tax.extra").result == (
        True, 2, [], True, 2, 5,
    )  # fmt: skip


def test_removed_members_go(shell: Shell) -> None:
    """What the class statement no longer makes; what was set from outside stays."""
    first(shell, CART)
    shell.do("cart = Cart(); Cart.patched = lambda self: 'patched'", "b")
    again(shell, '    @staticmethod\n    def name():\n        return "cart"\n', "")
    assert shell.do("hasattr(cart, 'name'), cart.patched()").result == (False, "patched")


def test_super_and_subclasses(shell: Shell) -> None:
    """The class cell of new methods is the class that lives."""
    first(
        shell,
        "class Base:\n    def f(self):\n        return 1\n\n"
        "class Sub(Base):\n    def f(self):\n        return super().f() + 1\n",
    )
    shell.do("sub = Sub()", "b")
    again(shell, "return 1", "return 10")
    again(shell, "super().f() + 1", "super().f() + __class__.__name__.__len__()")
    assert shell.do("sub.f(), isinstance(sub, Base), Sub.__mro__[1] is Base").result == (13, True, True)


def test_bases_change(shell: Shell) -> None:
    """Where the layout allows."""
    first(shell, "class A:\n    pass\n\nclass B:\n    def b(self):\n        return 'b'\n\nclass C(A):\n    pass\n")
    shell.do("c = C()", "b")
    again(shell, "class C(A)", "class C(A, B)")
    assert shell.do("c.b(), isinstance(c, B)").result == ("b", True)


def test_generated_classes(shell: Shell) -> None:
    """dataclass, Enum and NamedTuple."""
    first(
        shell,
        """
        import dataclasses, enum, typing
        @dataclasses.dataclass
        class Point:
            x: int = 0
        class Size(enum.Enum):
            S = 1
            L = 2
        class Pair(typing.NamedTuple):
            a: int
            def both(self):
                return self.a
        """,
    )
    shell.do("p, s, pair, held = Point(3), Size.S, Pair(1), Point", "b")
    again(shell, "x: int = 0", "x: int = 0\n    y: int = 5")
    again(shell, "L = 2", "L = 2\n    XL = 3\n    def label(self):\n        return self.name.lower()")
    again(shell, "return self.a", "return self.a, self.a")
    done = shell.do(
        "held is Point, p.y, Point(1, 2) == Point(1, 2), s is Size.S, s.label(), Size.XL.value, pair.both()"
    )
    assert done.result == (True, 5, True, True, "s", 3, (1, 1))
    assert shell.do("Size(1) is s, repr(p)").result == (True, "Point(x=3, y=5)")


def test_slots_that_change(shell: Shell) -> None:
    """A new class, and the report says what stays behind."""
    first(shell, "class P:\n    __slots__ = ('x',)\n    def f(self):\n        return 1\n")
    shell.do("p = P()", "b")
    shown = again(shell, "('x',)\n    def f(self):\n        return 1", "('x', 'y')\n    def f(self):\n        return 2")
    assert "RL210" in shown and "1 instance" in shown
    assert shell.do("p.f(), P().f(), isinstance(p, P)").result == (1, 2, False)


def test_instances_that_lack_attributes(shell: Shell) -> None:
    """Named, or migrated."""
    first(shell, CART)
    shell.do("cart = Cart()", "b")
    assert "RL209" in again(shell, "self.items = [1, 2]", "self.items = [1, 2]\n        self.owner = 'me'")
    shell.do(
        "import reloadr\nhook = reloadr.on_reload(Cart, migrate=lambda cart, change: setattr(cart, 'tax', 5))", "b"
    )
    assert "RL209" not in again(shell, "self.owner = 'me'", "self.owner = 'me'\n        self.tax = 1")
    assert shell.do("hook.remove(); cart.tax").result == 5


def test_decorated_functions(shell: Shell) -> None:
    """Under wrappers, caches and class-made wrappers; the decorators run again."""
    first(
        shell,
        """
        import functools
        applied = []
        def loud(f):
            applied.append(f)
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args), "!"
            return wrapper
        class Once:
            def __init__(self, f): self.f = f
            def __call__(self): return self.f()
        @loud
        def one(): return 1
        @functools.cache
        def two(): return 2
        @functools.lru_cache(maxsize=1)
        @loud
        def three(): return 3
        @Once
        def four(): return 4
        """,
    )
    shell.do("held = [one, two, three, four]; [f() for f in held]; inner = one.__wrapped__", "b")
    for number in range(1, 5):
        again(shell, f"return {number}\n", f"return {number}0\n")
    assert shell.do("[f() for f in held]").result == [(10, "!"), 20, (30, "!"), 40]
    assert shell.do("[f is g for f, g in zip(held, [one, two, three, four])]").result == [True, True, True, False]
    assert shell.do("inner(), inner is one.__wrapped__, len(applied)").result == (10, True, 2)
    again(shell, "maxsize=1", "maxsize=5")
    assert shell.do("three.cache_parameters()['maxsize'], three(), held[2]()").result == (5, (30, "!"), (30, "!"))


def test_closures_that_were_made(shell: Shell) -> None:
    """They run the new inner code, with their own variables; what is missing is named."""
    first(shell, "def adder(n):\n    def add(x):\n        return x + n\n    return add\n")
    shell.do("add = adder(5)", "b")
    again(shell, "return x + n", "return x - n")
    assert shell.do("add(7)").result == 2
    shown = again(shell, "def add(x):\n        return x - n", "m = 1\n    def add(x):\n        return x - n - m")
    assert "RL202" in shown and "add" in shown
    assert shell.do("add(7), adder(5)(7)").result == (2, 1)


def test_generators_end_on_the_old_code(shell: Shell) -> None:
    """And are counted."""
    first(shell, "def steps():\n    yield 1\n    yield 2\n")
    shell.do("run = steps(); next(run)", "b")
    assert "RL201" in again(shell, "yield 2", "yield 3")
    assert shell.do("next(run), list(steps())").result == (2, [1, 3])


def test_undo(shell: Shell) -> None:
    """The whole cell."""
    first(shell, CART + "\ndef f():\n    return 1\n")
    shell.do("cart = Cart()", "b")
    shell.shell.user_ns["source"] = shell["source"].replace("return 1\n", "return 2\n")
    again(shell, "sum(self.items)", "0")
    assert shell.do("cart.total(), f()").result == (0, 2)
    assert "undone" in shell.do("%reloadr undo").plain
    assert shell.do("cart.total(), f()").result == (3, 1)
    assert shell.do(shell["source"], "a").plain == "reloadr: this cell: 2 functions"
    assert shell.do("cart.total(), f()").result == (0, 2)


def test_another_cell_makes_its_own(shell: Shell) -> None:
    """Two callbacks of one name in two cells are two callbacks."""
    shell.do("def clicked(): return 1\nfirst = clicked", "a")
    shell.do("def clicked(): return 2\nsecond = clicked", "b")
    assert shell.do("first(), second()", "c").result == (1, 2)
    shell.do("def clicked(): return 3\nsecond = clicked", "b")
    assert shell.do("first(), second()", "c").result == (1, 3)


def test_without_cells_the_name_counts(shell: Shell) -> None:
    """In a terminal, where nobody says which cell it is."""
    shell.do("def f(): return 1\nheld = f")
    shell.do("def f(): return 2")
    assert shell.do("held() , held is f").result == (2, True)


def test_what_is_no_longer_bound_is_left_alone(shell: Shell) -> None:
    """`del` first makes a fresh one; a name that was bound to something else as well."""
    first(shell, CART)
    shell.do("cart, held = Cart(), Cart", "b")
    shell.do(f"del Cart\n{CART}".replace("sum(self.items)", "0"), "a")
    assert shell.do("cart.total(), held is Cart").result == (3, False)
    shell.do("from collections import OrderedDict as f")
    shell.do("def f(): return 1", "f")
    assert shell.do("import collections; collections.OrderedDict is f").result is False


def test_values_of_attributes_are_values(shell: Shell) -> None:
    """A class attribute that is another function or class now: neither of them is patched."""
    shell.do("def one(): return 1\ndef two(): return 2\nclass A: pass\nclass B: pass", "v")
    first(shell, "class K:\n    f = staticmethod(one)\n    g = one\n    kind = A\n")
    again(shell, "one)\n    g = one\n    kind = A", "two)\n    g = two\n    kind = B")
    assert shell.do("one(), two(), K.f(), K.g(), K.kind is B, A is not B").result == (1, 2, 2, 2, True, True)


def test_a_name_that_is_defined_twice_is_pythons(shell: Shell) -> None:
    """Registrations, overloads and branches."""
    text = """
    import functools
    @functools.singledispatch
    def show(x): return "any"
    @show.register
    def _(x: int): return "int"
    @show.register
    def _(x: str): return "str"
    def either(): return 1
    def either(): return 2
    """
    shell.do(text, "a")
    shell.do("held = either", "b")
    shell.do(text.replace('"int"', '"INT"').replace("return 2", "return 3"), "a")
    assert shell.do("show(1), show(''), show(None), held(), either()").result == ("INT", "str", "any", 2, 3)


def test_conditional_definitions(shell: Shell) -> None:
    """One definition a branch."""
    first(shell, "if True:\n    def f():\n        return 1\nelse:\n    f = None\n")
    shell.do("held = f", "b")
    again(shell, "return 1", "return 2")
    assert shell.do("held() == 2 and held is f").result is True


def test_an_exception_in_the_definition(shell: Shell) -> None:
    """It is the user's, with its own traceback; the earlier object is as it was."""
    first(shell, CART)
    shell.do("cart = Cart()", "b")
    outcome = shell.run(shell["source"].replace("size = 0", "size = 1 / 0"), "a")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert shell.do("cart.total(), cart.size").result == (3, 0)


def test_another_kind_of_thing(shell: Shell) -> None:
    """A function that becomes a class stands alone, and that is said."""
    first(shell, "def thing():\n    return 1\n")
    shell.do("held = thing", "b")
    shown = again(shell, "def thing():\n    return 1", "class thing:\n    pass")
    assert "RL223" in shown and "thing is made anew, because it is of another kind now" in shown
    assert shell.do("held(), isinstance(thing, type)").result == (1, True)


def test_what_cannot_be_carried_over(shell: Shell) -> None:
    """A member that refuses its place: the new object stands alone, the old one is as it was."""
    first(shell, "class Named:\n    def __set_name__(self, owner, name):\n        pass\n", "n")
    shell.do("class K:\n    a = 1\n    def f(self):\n        return 1\n", "a")
    shell.do("k, held = K(), K", "b")
    shell.do(
        "calls = []\nclass Picky:\n    def __set_name__(self, owner, name):\n"
        "        calls.append(1)\n        assert len(calls) < 2\n"
    )
    shown = shell.do("class K:\n    a = Picky()\n    def f(self):\n        return 2\n", "a").plain
    assert "RL223" in shown and "AssertionError" in shown
    assert shell.do("k.f(), held.a, K is held, K().f()").result == (1, 1, False, 2)


def test_cells_off(shell: Shell) -> None:
    """Python's own way."""
    first(shell, "def f():\n    return 1\n")
    shell.do("held = f", "b")
    shell.do("%reloadr cells off")
    again(shell, "return 1", "return 2")
    assert shell.do("held(), f()").result == (1, 2)
    shell.do("%reloadr cells on")
    shell.do("held = f")
    again(shell, "return 2", "return 3")
    assert shell.do("held()").result == 3


def test_pickling(shell: Shell) -> None:
    """Instances made before and after pickle as the class that their module names."""
    first(shell, CART)
    shell.do("cart = Cart()", "b")
    again(shell, "sum(self.items)", "0")
    for text in ("cart", "Cart()"):
        loaded = pickle.loads(pickle.dumps(shell.do(text).result))
        assert loaded.total() == 0 and type(loaded) is shell["Cart"]


def test_async_cells(shell: Shell) -> None:
    """With `await` at their top, and definitions of coroutines."""
    first(shell, "import asyncio\nasync def wait():\n    await asyncio.sleep(0)\n    return 1\nawait wait()\n")
    shell.do("held = wait", "b")
    again(shell, "return 1", "return 2")
    assert shell.do("await held()").result == 2


def test_timed_cells(shell: Shell) -> None:
    """`%%time`, `%timeit` and `%%capture` work as ever; what they define is followed."""
    shell.do("%%time\ndef f():\n    return 1\n", "a")
    shell.do("held = f", "b")
    shell.do("%%time\ndef f():\n    return 2\n", "a")
    assert shell.do("held()").result == 2
    assert shell.run("%timeit -n1 -r1 held()").error is None
    assert shell.run("%%timeit -n1 -r1\ndef inner():\n    pass\ninner()").error is None
    shell.do("%%capture\ndef g():\n    return 1\n", "c")
    shell.do("kept = g", "d")
    shell.do("%%capture\ndef g():\n    return 2\n", "c")
    assert shell.do("kept()").result == 2


def test_tracebacks_show_the_cell_that_ran_last(shell: Shell) -> None:
    """File and line of the new text, also through an old instance."""
    first(shell, "class K:\n    def f(self):\n        return 1\n")
    shell.do("k = K()", "b")
    again(shell, "    def f(self):\n        return 1", "    x = 1\n\n    def f(self):\n        raise KeyError('here')")
    error = shell.run("k.f()").error
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    assert trace.tb_lineno == 5 and trace.tb_frame.f_code.co_filename == shell["K"].f.__code__.co_filename


def test_history_tells_of_cells(shell: Shell) -> None:
    """With the function-level diff of the cell."""
    first(shell, CART)
    shell.do("cart = Cart()", "b")
    again(shell, "sum(self.items)", "0")
    report = reloadr.history()[-1]
    assert [str(change) for change in report.changes] == ["update __main__.Cart.total In [4] Cart:7  body"]
    page = shell.do("%reloadr history 1").result.page
    assert "-        return sum(self.items)" in page and "+        return 0" in page


@pytest.mark.parametrize("kind", ["class", "function"])
def test_a_cell_that_runs_again_and_again_keeps_nothing(shell: Shell, kind: str) -> None:
    """What earlier runs made is let go of."""
    text = "class K:\n    def f(self):\n        return {}\n" if kind == "class" else "def K():\n    return {}\n"
    shell.do(text.replace("{}", "0"), "a")
    for number in range(3):
        shell.do(text.replace("{}", str(number)), "a")
    before = _made_by_cells()
    for number in range(5):
        shell.do(text.replace("{}", str(number)), "a")
    assert _made_by_cells() <= before


def _made_by_cells() -> int:
    gc.collect()
    # By their types: what stands for others, as Django's settings do, would be asked what it is.
    found = [each for each in gc.get_objects() if issubclass(type(each), (type, FunctionType))]
    return sum(each.__module__ == "__main__" for each in found)


def test_a_definition_that_wraps_the_earlier_one_is_a_new_one(shell: Shell) -> None:
    """As in Python: with the earlier one's object it would call itself."""
    shell.do("import types\nlib, box = types.SimpleNamespace(), types.SimpleNamespace()\nsaved = {}")
    for place in ("orig", "box.f", "saved['f']"):
        shell.do("lib.f = lambda x: x")
        cell = f"{place} = lib.f\ndef f(x, orig={place}):\n    return orig(x) + 1\nlib.f = f\nlib.f(0)"
        assert [shell.do(cell, place).result for _ in range(3)] == [1, 2, 3]


def test_a_global_name_saves_the_earlier_one(shell: Shell) -> None:
    """It goes on holding what it held, as in Python: the new definition is another object."""
    shell.do("import types\nmod = types.SimpleNamespace(f=lambda: 0)\ndef base(): return 0", "m")
    for cell in (
        "orig = mod.f\ndef f(): return orig() + 1\nmod.f = f\nmod.f is orig",
        "base_old = base\ndef base(): return 1\nbase is base_old",
    ):
        assert [shell.do(cell, cell).result for _ in range(3)] == [False] * 3
    assert shell.do("base(), base_old()").result == (1, 1)


def test_what_a_cell_hands_on_is_one_object(shell: Shell) -> None:
    """Three times in the list, with the newest code."""
    shell.do("fs = []")
    for number in range(3):
        shell.do(f"def hook(): return {number}\nfs.append(hook)", "h")
    assert shell.do("[f() for f in fs], len(set(fs))").result == ([2, 2, 2], 1)


def test_a_class_that_derives_from_the_earlier_one_is_a_new_one(shell: Shell) -> None:
    """By the name that the cell gave it above, or by its own."""
    shell.do("class Base: pass\nclass Cart: pass", "a")
    cell = "old = Base\nclass Base(old):\n    def total(self): return 1\nclass Cart(Cart): pass"
    assert shell.do(cell, "b").shown == []
    assert shell.do(cell, "b").shown == []
    assert shell.do("len(Base.__mro__), len(Cart.__mro__), Base.__mro__[1] is old").result == (4, 4, True)


def test_a_call_with_the_earlier_one_does_not_save_it(shell: Shell) -> None:
    """Nor does a line below the definition: it goes on living."""
    cell = "print(globals().get('hook'))\nif 'hook' in globals(): repr(hook)\ndef hook(): return {}\nkept = hook"
    shell.do(cell.replace("{}", "1"), "a")
    shell.do("held = hook")
    shell.do(cell.replace("{}", "2"), "a")
    assert shell.do("held is hook, held()").result == (True, 2)
