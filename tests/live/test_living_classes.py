"""Headers and members of classes change while there are instances: `isinstance`, dispatch and metaclasses follow."""

import gc
import weakref

import pytest
import reloadr
from harness import Project, fresh

ABSTRACT = "import abc\nclass A(abc.ABC):\n    pass\n"
GENERIC = "import abc, typing\nT = typing.TypeVar('T')\n"

#: Text, what of it is replaced by what, and what is looked at before and after.
EDITS = {
    "another abstract base": (
        f"{ABSTRACT}class P(abc.ABC): pass\np = P()",
        ("class P(abc.ABC)", "class P(A)"),
        "isinstance(p, A)",
    ),
    "no abstract base any more": (
        f"{ABSTRACT}class P(A): pass\np = P()",
        ("class P(A)", "class P"),
        "isinstance(p, A), type(P).__name__",
    ),
    "a plain class and its subclass become abstract": (
        f"{ABSTRACT}class P: pass\nclass Q(P): pass\np, q = P(), Q()",
        ("class P", "class P(A)"),
        "[(isinstance(each, A), type(type(each)).__name__) for each in (p, q)], P in A.__subclasses__()",
    ),
    "a metaclass in the header": (
        "import abc\nclass P: pass\nclass Q(P): pass\np, q = P(), Q()",
        ("class P", "class P(metaclass=abc.ABCMeta)"),
        "type(P).__name__, type(Q).__name__",
    ),
    "an abstract method comes from a new base": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): ...\nclass P: pass\nclass Q(P): pass",
        ("class P", "class P(A)"),
        "sorted(P.__abstractmethods__) + sorted(Q.__abstractmethods__) if hasattr(Q, '_abc_impl') else None",
    ),
    "generic and abstract": (
        f"{GENERIC}class P: pass\nclass Q(P): pass\np, q = P(), Q()",
        ("class P", "class P(typing.Generic[T], abc.ABC)"),
        "[each.__name__ for each in Q.__mro__], getattr(Q, '__parameters__', None), type(Q).__name__",
    ),
    "generic and abstract, and so the subclass": (
        f"{GENERIC}class P: pass\nclass Q(P): pass\np, q = P(), Q()",
        ("class P: pass\nclass Q(P)", "class P(typing.Generic[T], abc.ABC): pass\nclass Q(P[int])"),
        "Q.__mro__[1].__name__, getattr(Q, '__orig_bases__', None), type(Q).__name__",
    ),
    "a protocol": (
        "import typing\nclass P:\n    def m(self): ...\nclass I(P):\n    def m(self): return 1\ni = I()",
        ("class P", "class P(typing.Protocol)"),
        "type(P).__name__, type(I).__name__, getattr(P, '_is_protocol', None), getattr(I, '_is_protocol', None)",
    ),
    "another member of a protocol": (
        "import typing\n@typing.runtime_checkable\nclass P(typing.Protocol):\n    def m(self): ...\n"
        "class J:\n    def m(self): return 1\nj = J()",
        ("    def m(self): ...", "    def m(self): ...\n    def n(self): ..."),
        "isinstance(j, P)",
    ),
    "a protocol that is checked no more": (
        "import typing\n@typing.runtime_checkable\nclass P(typing.Protocol):\n    def m(self): ...\n",
        ("@typing.runtime_checkable\n", ""),
        "getattr(P, '_is_runtime_protocol', False)",
    ),
    "a method that an abstract class looks for": (
        "from collections.abc import Sized\nclass P:\n    x = 1\np = P()",
        ("    x = 1", "    x = 1\n    def __len__(self): return 1"),
        "isinstance(p, Sized)",
    ),
    "another subclass hook": (
        "import abc\nclass A(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, other): return True\n"
        "class P: pass\np = P()",
        ("return True", "return False"),
        "isinstance(p, A)",
    ),
    "dispatch by a base": (
        "import functools\nclass A: pass\nclass P: pass\np = P()\n@functools.singledispatch\n"
        "def f(x): return 'object'\n@f.register\ndef _(x: A): return 'A'",
        ("class P", "class P(A)"),
        "f(p)",
    ),
    "dispatch of methods by a base": (
        "import functools\nclass A: pass\nclass P(A): pass\np = P()\nclass D:\n    @functools.singledispatchmethod\n"
        "    def f(self, x): return 'object'\n    @f.register\n    def _(self, x: A): return 'A'",
        ("class P(A)", "class P"),
        "D().f(p)",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_classes_are_what_their_source_says(project: Project, name: str) -> None:
    """After the edit, after it was taken back in the file, after `undo()`: as in a fresh process, same instances."""
    before, (old, new), looked_at = EDITS[name]
    after = before.replace(old, new, 1)

    module = project.start("classes", before)
    held = {key: value for key, value in vars(module).items() if not key.startswith("__")}
    watcher = project.watch(module)
    for text in (after, before, after):
        # What is looked at is cached by the interpreter and the standard library.
        assert repr(eval(looked_at, vars(module))) != fresh(module, text, looked_at)
        project.write("classes", text)
        assert watcher.poll().verdict == "live"
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(eval(looked_at, vars(module))) == fresh(module, before, looked_at)
    assert all(vars(module)[key] is value for key, value in held.items())
    instances = [value for value in held.values() if type(value).__module__ == module.__name__]
    assert all(type(each) is vars(module)[type(each).__name__] for each in instances)


def test_instances_keep_their_attributes_when_the_base_that_had_room_for_them_goes(project: Project) -> None:
    text = "class A:\n    def a(self): return 'a'\nclass B(A):\n    pass\nclass C(B):\n    pass\nb, c = B(), C()\n"
    module = project.start("roomy", text)
    module.b.kept, module.c.kept = "b", "c"
    watcher = project.watch(module)
    project.write("roomy", text.replace("class B(A)", "class B"))
    assert watcher.poll().verdict == "live"
    for each in (module.b, module.c, module.B(), module.C()):
        each.more = 1
        assert weakref.ref(each)() is each and not hasattr(each, "a")
    assert vars(module.b) == {"kept": "b", "more": 1} and vars(module.c) == {"kept": "c", "more": 1}
    project.write("roomy", text)
    assert watcher.poll().verdict == "live"
    gc.collect()
    assert module.b.a() == module.c.a() == "a" and module.b.kept == "b"


def test_a_replaced_enum_has_its_own_members_alone(project: Project) -> None:
    text = "import enum\nclass E(enum.Enum):\n    A = enum.auto()\n    B = enum.auto()\ndef first(): return E.A\n"
    module = project.start("members", text)
    old = module.E.A
    watcher = project.watch(module)
    project.write("members", text.replace("enum.Enum", "enum.IntEnum"))
    report = watcher.poll()
    assert {reason.code for reason in report.reasons} == {"RL210"}
    assert all(type(each) is module.E for each in (module.E.A, module.E.B, module.first()))
    assert module.first() < module.E.B and type(old) is not module.E


SLOTS = '''\
class Builder:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 1

    def add(self, y):
        """Adds."""
        z = y + 1
        z += self.x
        z += self.x
        return z
'''


def test_a_slot_may_take_the_name_of_a_renamed_method(project: Project) -> None:
    module = project.start("slots", SLOTS)
    watcher = project.watch(module)
    after = SLOTS.replace("def add(", "def add_safely(").replace('("x",)', '("x", "add")')
    project.write("slots", after.replace("self.x = 1", "self.x = 1\n        self.add = self.add_safely"))
    report = watcher.poll()
    assert "rename" in {change.action for change in report.changes}
    assert module.Builder().add(1) == 4 and "add" in module.Builder.__slots__


def test_methods_that_lines_below_a_class_set_stay_when_its_slots_are_reordered(project: Project) -> None:
    text = "class P:\n    __slots__ = ('a', 'b')\ndef same(self, other): return True\nP.__eq__ = same\n"
    module = project.start("equal", text)
    watcher = project.watch(module)
    project.write("equal", text.replace("'a', 'b'", "'b', 'a'"))
    assert watcher.poll().verdict == "live"
    assert module.P() == module.P()


def test_what_needs_a_class_that_needs_a_restart_needs_one_too(project: Project) -> None:
    """No error of the new source: a fresh process runs it."""
    text = "class P: pass\nclass Q(P): pass\nclass R(P): pass\nq = Q()\n"
    module = project.start("needy", text)
    watcher = project.watch(module)
    project.write(
        "needy", text.replace("class P:", "class P(dict[str, int]):").replace("class R(P)", "class R(P[int])")
    )
    report = watcher.poll()
    assert report.verdict == "restart", report
    assert {reason.qualname for reason in report.reasons} >= {"P", "R"}
    assert module.R.__mro__ == (module.R, module.P, object)


POINT = """\
import dataclasses
@dataclasses.dataclass(order=True)
class P:
    x: int
    def up(self): return self.x + ONE
"""
SETTER = """\
class P:
    @property
    def x(self): return ONE
    @x.setter
    def x(self, value): self.y = ONE + value
"""


def test_a_dataclass_that_goes_to_another_file_is_the_same_class(project: Project) -> None:
    """Also for those who have it by `import *`, with its methods seeing the names of the new module."""
    project.write("giver", f"ONE = 1\n{POINT}")
    project.write("taker", "ONE = 2\n")
    project.write("star", "from giver import *\nfrom taker import *\n")
    star, giver, taker = project.load("star"), project.load("giver"), project.load("taker")
    cls, point = star.P, star.P(3)
    watcher = project.watch()
    project.write("giver", "ONE = 1\n")
    project.write("taker", f"ONE = 2\n{POINT}")
    report = watcher.poll()
    assert report.verdict == "live", report
    assert star.P is taker.P is cls and not hasattr(giver, "P") and cls.__module__ == "taker"
    assert point.up() == 5 and cls.__init__.__globals__ is vars(taker) and cls(1) < cls(2)


def test_a_property_goes_along_with_its_setter(project: Project) -> None:
    project.write("giver", f"ONE = 1\n{SETTER}")
    project.write("taker", "ONE = 2\n")
    giver, taker = project.load("giver"), project.load("taker")
    point = giver.P()
    watcher = project.watch()
    project.write("giver", "ONE = 1\n")
    project.write("taker", f"ONE = 2\n\n\n{SETTER}")
    assert watcher.poll().verdict == "live"
    point.x = 5
    assert type(point) is taker.P and (point.x, point.y) == (2, 7)
    assert [each.__code__.co_firstlineno for each in (taker.P.x.fget, taker.P.x.fset)] == [5, 7]


def test_a_class_that_cannot_move_is_another_one_for_its_importers(project: Project) -> None:
    """There are two of that name where it goes: which is which is not certain, so it is made anew."""
    text = "class P:\n    def x(self): return 1\n"
    project.write("giver", f"ONE = 1\n{text}")
    project.write("taker", "TWO = 2\n")
    project.write("star", "from giver import *\nfrom taker import *\n")
    star, taker = project.load("star"), project.load("taker")
    old = star.P
    watcher = project.watch()
    project.write("giver", "ONE = 1\n")
    project.write("taker", f"TWO = 2\n{text}{text}")
    report = watcher.poll()
    assert taker.P is not old
    assert star.P is taker.P or any(reason.module == "star" for reason in report.reasons), report


HOSTILE = """\
import abc
class Meta(abc.ABCMeta):
    hostile = False
    def __getattribute__(cls, name):
        if Meta.hostile: raise RuntimeError(f"class asked for {name}")
        return super().__getattribute__(name)
Hostile = Meta("Hostile", (), {})
Meta.hostile = True
class A: pass
class P: pass
p = P()
"""


def test_classes_that_answer_nothing_do_no_harm(project: Project) -> None:
    """All abstract classes of the process are gone through when bases change."""
    module = project.start("hostile", HOSTILE)
    watcher = project.watch(module)
    project.write("hostile", HOSTILE.replace("class P:", "class P(A):"))
    assert watcher.poll().verdict == "live"
    assert isinstance(module.p, module.A)


def test_the_line_of_a_class_comes_back_with_an_undone_move(project: Project) -> None:
    """CPython 3.13 and later keep it in the class, and drop it when the class gets another module."""
    text = "import abc\n\nclass C:\n    def f(self): return 1\n"
    project.write("to", "x = 1\n")
    module, target = project.start("of", text), project.start("to", "x = 1\n")
    watcher, held = project.watch(module, target), module.C
    line = vars(held).get("__firstlineno__")
    project.write("of", "import abc\n")
    project.write("to", "x = 1\n\n" + text.partition("\n\n")[2])
    assert watcher.poll().verdict == "live"
    assert target.C is held and held.__module__ == "to"
    assert reloadr.undo().verdict == "live"
    assert module.C is held and held.__module__ == "of" and vars(held).get("__firstlineno__") == line


INSTANCE = """
def made(cls):
    class Below(cls):
        pass
    return Below()
def plain(cls):
    return cls()
@{0}
class C:
    def m(self): return 1
    class Inner:
        def n(self): return 1
"""


@pytest.mark.parametrize("decorator", ["made", "plain"])
def test_a_decorator_gave_an_instance(project: Project, decorator: str) -> None:
    """Of the class, or of one below it: that class takes the edits of its members."""
    text = INSTANCE.format(decorator)
    module = project.start("gave", text)
    watcher, thing = project.watch(module), module.C
    more = "m(self): return self.o() + self.X\n    def o(self): return 2\n    X = 3"
    project.write("gave", text.replace("m(self): return 1", more))
    assert watcher.poll().verdict in ("live", "caveat") and thing.m() == 5
    project.write("gave", text.replace("n(self): return 1", "n(self): return 4\n        def p(self): return 5"))
    watcher.poll()
    assert (thing.m(), thing.Inner().n(), thing.Inner().p()) == (1, 4, 5) and not hasattr(thing, "o")
    assert module.C is thing
