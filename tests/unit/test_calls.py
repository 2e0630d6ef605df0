"""Calls that a changed signature no longer takes."""

import itertools
import textwrap
from collections.abc import Mapping

import pytest
from reloadr._core import Node, Outline, broken_calls, word_of_broken_calls

#: Module, definition, line, and what Python would say.
Call = tuple[str, str, int, str]


def definition(name: str, parameters: str, owner: str | None = None) -> Node:
    """A function or method as its outline has it."""
    classes = owner.split(".") if owner else []
    text = "".join(f"{' ' * at}class {each}:\n" for at, each in enumerate(classes))
    text += f"{' ' * len(classes)}def {name}({parameters}): pass\n"
    (node,) = Outline.parse(text).find(".".join([*classes, name]))
    return node


def search(
    name: str,
    old: str,
    new: str,
    sources: Mapping[str, str],
    *,
    owner: str | None = None,
    aliases: Mapping[str, Mapping[str, tuple[str, str]]] | None = None,
    in_module: str = "shop",
) -> list[Call]:
    given = aliases or {}
    modules = [
        (module, Outline.parse(textwrap.dedent(text)), given.get(module, {})) for module, text in sources.items()
    ]
    found = broken_calls([(in_module, definition(name, old, owner), definition(name, new, owner))], modules)
    return [(module, qualname, line, why) for _, module, qualname, line, why in found]


def lines(found: list[Call]) -> list[int]:
    return [line for _, _, line, _ in found]


def test_reports_place_and_reason() -> None:
    """A call names its module, definition, file, line, and what Python would say."""
    text = """\
        def total(a, b): ...

        class Cart:
            def sum(self):
                return total(1)
        """
    assert search("total", "a", "a, b", {"shop": text}) == [("shop", "Cart.sum", 5, "missing a required argument: 'b'")]


def test_module_level_call_has_no_qualname() -> None:
    """A call outside all definitions is the module's."""
    found = search("f", "a", "", {"shop": "def f(): ...\nf(1)\n"})
    assert [call[1:] for call in found] == [("", 2, "too many positional arguments")]


def test_nested_definitions_and_lambdas() -> None:
    """A nested function is named as Python names it; a lambda counts as its surroundings."""
    text = """\
        def f(a, b): ...
        def outer():
            def inner():
                return f(1)
            return lambda: f(2)
        """
    found = search("f", "a", "a, b", {"shop": text})
    assert [qualname for _, qualname, _, _ in found] == ["outer.<locals>.inner", "outer"]


@pytest.mark.parametrize(
    ("call", "new"),
    [
        ("f(1)", "a, b"),
        ("f(1)", "*, a"),
        ("f(a=1)", "b"),
        ("f(a=1)", "a, /"),
        ("f(1)", ""),
        ("f(*x, a=1)", "b"),
        ("f(a=1, **x)", "b"),
        ("f(1, *x)", ""),
        ("g(f(1))", "a, b"),
        ("[f(1) for _ in x]", "a, b"),
        ("x.y(f (1))", "a, b"),
    ],
)
def test_call_that_breaks(call: str, new: str) -> None:
    """A call that was taken and is not any more is found, also inside other expressions."""
    assert lines(search("f", "a=0", new, {"shop": f"def f(): ...\n{call}\n"})) == [2]


@pytest.mark.parametrize(
    ("call", "new"),
    [
        ("f(1)", "a, b=2"),
        ("f(1)", "*args"),
        ("f(a=1)", "**kwargs"),
        ("f(1, 2, 3)", "a"),  # was not taken before either
        ("f(z=1)", "a"),
        ("f(*x)", "a, b"),
        ("f(**x)", "a, b"),
        ("f(1, **x)", "a, b"),
        ("x.f(1)", "a, b"),
        ("f", "a, b"),
        ("g = f", "a, b"),
        ("'f(1)'", "a, b"),
        ("f()(1)", "a=1, b=2"),
    ],
)
def test_call_that_is_good_or_not_sure(call: str, new: str) -> None:
    """A call that still binds, never bound, or may bind, is not named."""
    assert not search("f", "a=0", new, {"shop": f"def f(): ...\n{call}\n"})


@pytest.mark.parametrize(
    "text",
    [
        "def f(a): ...\nf = wrap(f)\nf(1)\n",
        "def f(a): ...\ndef g(f): f(1)\n",
        "def f(a): ...\ndef g():\n    f = len\n    f(1)\n",
        "def f(a): ...\ndef g():\n    for f in x: f(1)\n",
        "def f(a): ...\ndef g():\n    def f(): ...\n    f(1)\n",
        "def f(a): ...\ndef g():\n    f = 1\n    def h(): f(1)\n",
        "def f(a): ...\nlambda f: f(1)\n",
        "def f(a): ...\nclass C:\n    f = 1\n    f(1)\n",
        "if x:\n    def f(a): ...\nelse:\n    def f(a, b): ...\nf(1)\n",
        "f(1)\n",
        "def f(a): ...\nf(1\n",
    ],
)
def test_other_function_of_that_name(text: str) -> None:
    """Where the name may stand for something else, or the text does not parse, nothing is named."""
    assert not search("f", "a", "a, b", {"shop": text})


def test_class_names_are_not_seen_by_methods() -> None:
    """A method sees the module's function although its class has one of that name."""
    text = "def f(a): ...\nclass C:\n    def f(self): ...\n    def g(self): return f(1)\n"
    assert lines(search("f", "a", "a, b", {"shop": text})) == [4]


def test_overloads_are_one_function() -> None:
    """Overloads only describe the definition after them."""
    text = """\
        from typing import overload
        @overload
        def f(a: int): ...
        @overload
        def f(a: str): ...
        def f(a): ...
        f(1)
        """
    assert lines(search("f", "a", "a, b", {"shop": text})) == [7]


def test_imported_names() -> None:
    """A from-import, one under another name, and attributes of imported modules are followed."""
    text = """\
        from shop import f
        from shop import f as g
        import shop, shop as s
        f(1)
        g(1)
        shop.f(1)
        s.f(1)
        other.f(1)
        """
    names = {"f": ("shop", "f"), "g": ("shop", "f"), "shop": ("shop", ""), "s": ("shop", "")}
    found = search("f", "a", "a, b", {"app": text}, aliases={"app": names})
    assert lines(found) == [4, 5, 6, 7]


def test_module_in_a_package() -> None:
    """`import a.b` binds `a`; a submodule may also be imported by name."""
    text = "import pkg.shop\nfrom pkg import shop as s\npkg.shop.f(1)\ns.f(1)\npkg.f(1)\n"
    names = {"pkg": ("pkg", ""), "s": ("pkg", "shop")}
    found = search("f", "a", "a, b", {"app": text}, aliases={"app": names}, in_module="pkg.shop")
    assert lines(found) == [3, 4]


def test_import_inside_a_function() -> None:
    """An import in a function binds the name there."""
    text = "def g():\n    from shop import f\n    f(1)\ndef h():\n    from other import f\n    f(1)\n"
    assert lines(search("f", "a", "a, b", {"app": text})) == [3]


def test_import_of_another_function() -> None:
    """A name imported from elsewhere is not the function, nor is one that is bound again."""
    assert not search("f", "a", "a, b", {"app": "from x import f\nf(1)\n"}, aliases={"app": {"f": ("x", "f")}})
    text = "from shop import f\nf = wrap(f)\nf(1)\n"
    assert not search("f", "a", "a, b", {"app": text}, aliases={"app": {"f": ("shop", "f")}})


METHODS = """\
class Base:
    def run(self, a): ...
    @classmethod
    def make(cls, a): ...
    @staticmethod
    def pure(a): ...
    @property
    def prop(self): ...
    def use(self):
        self.run(1)
        self.make(1)
        self.pure(1)
        self.prop(1)
        lambda: self.run(1)
    @classmethod
    def use_class(cls):
        cls.run(1)
        cls.run(None, 1)
        cls.make(1)
        cls.pure(1)
    @staticmethod
    def use_static(self):
        self.run(1)
    def rebound(self, other):
        self = other
        self.run(1)
class Child(Base):
    def run(self, a):
        super().run(1)
        self.run(1)
class Other:
    def use(self):
        self.run(1)
Base.run(None, 1)
Base.run(1)
Base.make(1)
Base.pure(1)
Base().run(1)
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("run", "self, a", "self, a, b", [10, 14, 18, 29, 34]),
        ("make", "cls, a", "cls, a, b", [11, 19, 36]),
        ("pure", "a", "a, b", [12, 20, 37]),
        ("prop", "self, a", "self", []),
    ],
)
def test_methods(name: str, old: str, new: str, expected: list[int]) -> None:
    """`self`, `cls`, `super()` and the class's name reach its methods, each passing what it passes."""
    assert lines(search(name, old, new, {"shop": METHODS}, owner="Base")) == expected


def test_methods_from_another_module() -> None:
    """The class's own module tells how a method is stored."""
    app = "from shop import Base\nBase.pure(1)\nBase.make(1)\n"
    names = {"app": {"Base": ("shop", "Base")}}
    sources = {"shop": METHODS, "app": app}
    found = search("pure", "a", "a, b", sources, owner="Base", aliases=names)
    assert [(module, line) for module, _, line, _ in found if module == "app"] == [("app", 2)]
    assert not search("pure", "a", "a, b", {"app": app}, owner="Base", aliases=names)
    assert lines(search("make", "cls, a", "cls", {"app": app}, owner="Base", aliases=names)) == [3]


def test_nested_class() -> None:
    """A nested class goes by its qualified name."""
    text = """\
        class Outer:
            class Inner:
                def run(self, a): ...
                def use(self): self.run(1)
        class Inner:
            def use(self): self.run(1)
        Outer.Inner.run(None, 1)
        Inner.run(None, 1)
        """
    assert lines(search("run", "self, a", "self", {"shop": text}, owner="Outer.Inner")) == [4, 7]


def test_init_means_calls_of_the_class() -> None:
    """A class is called with what its `__init__` takes; `super().__init__` and explicit calls count."""
    shop = """\
        class Cart:
            def __init__(self, a): ...
            @classmethod
            def new(cls): return Cart(1)
        Cart(1)
        Cart(1, 2)
        class Sub(Cart):
            def __init__(self):
                super().__init__(1)
        class Old(Cart):
            def __init__(self):
                Cart.__init__(self, 1)
        class Two(Cart, Mixin):
            def __init__(self):
                super().__init__(1)
        class Stranger(Base):
            def __init__(self):
                super().__init__(1)
        """
    app = """\
        from shop import Cart as C
        import shop
        C(1)
        shop.Cart(1)
        class S(C):
            def __init__(self):
                super().__init__(1)
        """
    names = {"app": {"C": ("shop", "Cart"), "shop": ("shop", "")}}
    found = search("__init__", "self, a", "self, a, b", {"shop": shop, "app": app}, owner="Cart", aliases=names)
    assert [line for module, _, line, _ in found if module == "shop"] == [4, 5, 9, 12]
    assert [line for module, _, line, _ in found if module == "app"] == [3, 4, 7]


def test_only_a_signature_that_takes_less_is_looked_for() -> None:
    """Nothing has to be read where whatever was taken still is; else the text must hold the name that is called."""
    assert word_of_broken_calls("shop", definition("f", "a"), definition("f", "a, b=1, **more")) is None
    assert word_of_broken_calls("shop", definition("f", "a"), definition("f", "a, b")) == "f"
    both = [definition("__init__", parameters, "Cart.Item") for parameters in ("self", "self, a")]
    assert word_of_broken_calls("shop", *both) == "Item"


PARAMETERS = [
    "",
    "a",
    "a, b",
    "a, b=1",
    "a, /, b",
    "a=1, /",
    "*args",
    "a, *args, b",
    "*, a",
    "**more",
    "a, *, b=1, **more",
]
GIVEN = ["", "1", "1, 2", "1, 2, 3", "a=1", "b=1", "1, b=2", "1, a=2", "a=1, b=2", "z=1", "*()", "1, *()", "1, **{}"]


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_fits_as_python_has_it(parameters: str) -> None:
    """What is said not to fit is what a call raises for."""
    space: dict[str, object] = {}
    exec(f"def f({parameters}): pass", space)
    for given in GIVEN:
        found = search("f", "*args, **kwargs", parameters, {"shop": f"def f(): ...\nf({given})\n"})
        if "*" in given:
            continue
        try:
            exec(f"f({given})", space)
            raised = False
        except TypeError:
            raised = True
        assert bool(found) == raised, (parameters, given, found)


def test_stars_bring_what_is_missing_and_never_take_away() -> None:
    """A call with `*` or `**` is named only if whatever they bring is too much."""
    for parameters, given in itertools.product(PARAMETERS, ["1, 2, 3, *()", "1, 2, 3, **{}"]):
        found = search("f", "*args, **kwargs", parameters, {"shop": f"def f(): ...\nf({given})\n"})
        assert bool(found) == ("*args" not in parameters), (parameters, given)


def test_calls_of_other_names_and_lines_are_passed_over() -> None:
    """Wherever a call stands: below a decorator, in a definition of many lines, under another name, in a string."""
    text = '''\
        from shop import (f as
            g)
        @wrap(
            f(1))
        def h(x=g(
                1)):
            if x:
                return [
                    lambda: g(1)
                ], f"""
                {f(1)}"""
            return other(1)
        '''
    names = {"f": ("shop", "f"), "g": ("shop", "f")}
    found = search("f", "a", "a, b", {"app": textwrap.dedent(text)}, aliases={"app": names})
    assert len(found) == 4


def test_several_functions_are_one_question() -> None:
    """Calls are told with the number of their function, in the order in which these were given."""
    text = "def f(): ...\ndef g(): ...\ndef h(): ...\ng(1)\nf(1)\nh(1)\n"
    functions = [
        ("shop", definition("g", "a"), definition("g", "a, b")),
        ("shop", definition("h", "a"), definition("h", "a, b=1")),
        ("shop", definition("f", "a"), definition("f", "")),
    ]
    found = broken_calls(functions, [("shop", Outline.parse(text), {})])
    assert [(number, line) for number, _, _, line, _ in found] == [(0, 4), (2, 5)]


def test_a_function_under_a_name_that_an_import_within_gives() -> None:
    """A callee by another name counts, where what stands around it imports."""
    text = "def call():\n    from shop import total as sums\n    return sums(1)\n"
    assert lines(search("total", "a", "a, b", {"user": text})) == [3]
