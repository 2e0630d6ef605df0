"""Objects and classes of the process are looked at by identity: none of their own methods is called for it."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
import reloadr
from harness import Project

#: What was called while an edit was applied.
CALLED: list[str] = []
ARMED = [False]


def refuses(name: str) -> Any:
    """A special method that raises while an edit is applied."""

    def method(self: object, *args: object) -> Any:
        if ARMED[0]:
            frame = sys._getframe(1)
            CALLED.append(f"{name} in {frame.f_code.co_qualname} ({frame.f_code.co_filename}:{frame.f_lineno})")
            raise ZeroDivisionError(name)
        if name == "__getattr__":
            raise AttributeError(*args)
        plain = {"__eq__": NotImplemented, "__hash__": id(self) >> 4, "__bool__": True, "__repr__": "<hostile>"}
        return plain[name]

    return method


NAMES = ("__eq__", "__hash__", "__bool__", "__repr__", "__getattr__")
REFUSING = {name: refuses(name) for name in NAMES}


def lazy_type(refusing: dict[str, Any]) -> type:
    """A proxy that is made by the first look at it: at its `__class__` or `__dict__`, too."""

    def made(name: str) -> Any:
        def get(self: Any) -> Any:
            return refuses(name)(self) if ARMED[0] else getattr(type(self), name, {})

        return property(get)

    def __init__(self: Any, function: Any) -> None:
        self._made_by = function

    looks = {name: made(name) for name in ("__class__", "__dict__", "__wrapped__", "__module__", "__func__")}
    return type("Lazy", (), {**refusing, **looks, "__slots__": ("_made_by",), "__init__": __init__})


@pytest.fixture
def hostile() -> Iterator[types.ModuleType]:
    """A module of an object and a class that refuse everything, and of a metaclass without a hash."""
    made = types.ModuleType("hostile_things")
    meta = type("Meta", (type,), dict(REFUSING))
    made.__dict__["Thing"] = meta("Thing", (), dict(REFUSING))
    made.__dict__["Meta"] = meta
    made.__dict__["Lazy"] = lazy_type(REFUSING)
    unhashable = type("Unhashable", (type,), {"__eq__": lambda self, other: self is other, "__hash__": None})
    made.__dict__["Odd"] = unhashable("Odd", (), {})
    sys.modules["hostile_things"] = made
    CALLED.clear()
    yield made
    ARMED[0] = False
    del sys.modules["hostile_things"]


TEXT = """\
import abc
import functools
from hostile_things import Lazy, Meta, Odd, Thing

THING = Thing()
HELD = [Thing(), THING, Thing]
TABLE = {"thing": THING, "kind": Thing}

def wrap(function):
    kept = Thing()
    @functools.wraps(function)
    def wrapper(*args):
        return kept is not None and function(*args)
    return wrapper

def plain(a=THING, *, b=Thing):
    return 1

@wrap
def wrapped(a: Thing = THING) -> Thing:
    return 1

class Own(Thing, metaclass=Meta):
    thing = THING
    kind = Thing
    number = 1
    def method(self, a=THING):
        return 1
    @property
    def prop(self):
        return 1
    @staticmethod
    def static(a=THING):
        return 1

class Sub(Own):
    number = 2

class Base(abc.ABC):
    def given(self):
        return 1

class Derived(Base):
    number = 1

own = Own()

LATER = Lazy(1)
LATERS = {"later": LATER, "list": [LATER, Lazy]}

@Lazy
def later(a=LATER):
    return 1

class Keeps:
    kept = LATER
    @Lazy
    def method(self):
        return 1

keeps = Keeps()
keeps.more = Lazy(keeps)

def reads():
    return LATER, later, Keeps.kept
"""

EDITS = {
    "body": ("def plain(a=THING, *, b=Thing):\n    return 1", "def plain(a=THING, *, b=Thing):\n    return 2"),
    "defaults": ("def plain(a=THING, *, b=Thing):", "def plain(a=Thing, *, b=THING, c=1):"),
    "wrapped": ("def wrapped(a: Thing = THING) -> Thing:", "def wrapped(a: Own = THING, b=2) -> Thing:"),
    "decorator": ("@wrap\ndef wrapped", "@wrap\n@wrap\ndef wrapped"),
    "method": ("def method(self, a=THING):\n        return 1", "def method(self, a=THING):\n        return 2"),
    "new method": ("    @property\n    def prop", "    def more(self):\n        return 3\n    @property\n    def prop"),
    "gone method": ("    @staticmethod\n    def static(a=THING):\n        return 1\n", ""),
    "attribute": ("    number = 1", "    number = 3"),
    "gone attribute": ("    number = 2", "    pass"),
    "value": ("HELD = [Thing(), THING, Thing]", "HELD = [THING, Thing]"),
    "table": ('"kind": Thing}', '"kind": Thing, "more": 1}'),
    "base": ("class Derived(Base):", "class Other: pass\n\nclass Derived(Base, Other):"),
    "abstract": ("    def given(self):", "    @abc.abstractmethod\n    def given(self):"),
    "subclass": ("class Sub(Own):", "class Sub(Thing):"),
    "name": ("THING = Thing()", "THING = Thing"),
    "lazy value": ("LATER = Lazy(1)", "LATER = Lazy(2)"),
    "lazy value gone": ("LATER = Lazy(1)", "LATER = 1"),
    "lazy body": ("def later(a=LATER):\n    return 1", "def later(a=LATER):\n    return 2"),
    "lazy default": ("def later(a=LATER):", "def later(a=LATERS, b=2):"),
    "lazy decorator": ("@Lazy\ndef later", "@Lazy\n@Lazy\ndef later"),
    "lazy renamed": ("def later", "def others"),
    "lazy gone": ("@Lazy\ndef later(a=LATER):\n    return 1\n", ""),
    "lazy method": (
        "    @Lazy\n    def method(self):\n        return 1",
        "    @Lazy\n    def method(self):\n        return 2",
    ),
    "lazy method renamed": ("    @Lazy\n    def method", "    @Lazy\n    def other"),
    "lazy attribute": ("    kept = LATER", "    kept = Lazy(3)"),
    "lazy class": ("class Keeps:", "class Keeper:"),
    "lazy table": ('"list": [LATER, Lazy]}', '"list": [Lazy, LATER], "more": Lazy(4)}'),
}


@pytest.mark.parametrize("kind", EDITS)
def test_no_method_of_a_users_object_is_called(project: Project, hostile: types.ModuleType, kind: str) -> None:
    """Objects, classes and metaclasses that raise from `__eq__`, `__hash__`, `__bool__`, `__repr__` and `__getattr__`
    stand in every place of a module, and each kind of edit is applied and undone beside them."""
    module = project.start("beside", TEXT)
    project.start("importing", "from beside import *\nimport beside\nCOPY = {'later': later, 'own': [own, keeps]}\n")
    watcher = project.watch("beside", "importing")
    before, after = EDITS[kind]
    assert before in TEXT
    project.write("beside", TEXT.replace(before, after))
    ARMED[0] = True
    try:
        report = watcher.poll()
        undone = reloadr.undo()
    finally:
        ARMED[0] = False
    assert CALLED == []
    assert not report.rejected, report
    assert not undone.rejected
    assert module.plain() == 1 and module.own.method() == 1


def test_a_metaclass_without_a_hash(project: Project, hostile: types.ModuleType) -> None:
    """One class of the process whose metaclass cannot be hashed: classes are edited as ever."""
    module = project.start("hashless", "import abc\nclass A(abc.ABC):\n    x = 1\n    def f(self): return 1\n")
    watcher = project.watch("hashless")
    project.write("hashless", "import abc\nclass A(abc.ABC):\n    y = 2\n")
    report = watcher.poll()
    assert report.verdict in ("live", "caveat"), report
    assert module.A.y == 2 and not hasattr(module.A, "f")
