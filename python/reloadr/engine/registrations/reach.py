"""What code can write to: the containers that are reachable from functions and objects, found without asking anybody.

def on(event):                     # from `on`: the global `handlers`, and what lies in it
    handlers[event] = ...

From a function: its cells, defaults and globals, and the functions that it may call; from an object: its attributes and
the methods that may be called. Nothing is entered that is the standard library's, and there are bounds: what lies
deeper than they go is not seen.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
import weakref
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType

from reloadr.engine.registrations.library import parts_of, tables_of
from reloadr.engine.registrations.places import Cells, Frozen, Names, Place, Slots, container
from reloadr.judge.static import NOTHING, instance_namespace, static_attribute
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a

_MANY = 20_000
_MANY_FUNCTIONS = 500
_DEEP = 40
#: Objects of these say nothing of who registered what, and lead everywhere.
_CLOSED = frozenset(
    [
        "_frozen_importlib",
        "_frozen_importlib_external",
        "_io",
        "_thread",
        "ast",
        "asyncio",
        "concurrent",
        "importlib",
        "inspect",
        "io",
        "logging",
        "multiprocessing",
        "re",
        "selectors",
        "socket",
        "ssl",
        "subprocess",
        "sys",
        "threading",
        "traceback",
        "typing",
    ]
)
_ATOMS = (str, bytes, int, float, complex, bool, type(None), type(...), type(NotImplemented), CodeType, bytearray)
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_WEAK = (weakref.WeakSet, weakref.WeakValueDictionary, weakref.WeakKeyDictionary)
_LRU = type(functools.lru_cache(lambda: None))


def of_library(code: CodeType) -> bool:
    """Whether code is the standard library's."""
    file = code.co_filename
    return file.startswith("<frozen") or (file.startswith(_LIBRARY) and "-packages" not in file)


def of_library_class(cls: type) -> bool:
    """Whether a class is the interpreter's or the standard library's."""
    return _module_of(cls).partition(".")[0] in sys.stdlib_module_names


class Reach:
    """The places that are reachable from some roots, each with the way there."""

    def __init__(self, roots: Iterable[tuple[str, object]]) -> None:
        self.places: list[Place] = []
        #: Objects that are what they are, whoever is registered: roots, and what is reached by attributes alone.
        self.spine: set[int] = set()
        #: Every name and text that the functions may use.
        self.words: set[str] = set()
        #: Of these, what the user's own functions use.
        self.own_words: set[str] = set()
        self._seen: set[int] = set()
        self._kept: list[object] = []
        #: The functions that were followed, by id: without any, nothing is known of what is called.
        self.functions: set[int] = set()
        self._classes: dict[int, type] = {}
        self._names: dict[int, Names] = {}
        #: Methods of these classes by name, as long as no code was seen to use the name.
        self._methods: dict[str, list[tuple[object, tuple[str, ...]]]] = {}
        #: Objects that classes have as attributes, likewise.
        self._held: dict[str, list[tuple[object, tuple[str, ...]]]] = {}
        self._todo: deque[tuple[object, tuple[str, ...], tuple[object, ...], Place | None]] = deque()
        for name, value in roots:
            self._root(value, (name,))
        while self._todo and len(self._seen) < _MANY:
            self._visit(*self._todo.popleft())

    # ---- code ----

    def _root(self, value: object, shape: tuple[str, ...]) -> None:
        """What is called by name: its code counts, not only what it holds."""
        if is_a(value, ModuleType):
            return
        self._kept.append(value)
        for name, table in tables_of(value):
            self._push(table, (name,), (), None)
        if is_a(value, FunctionType):
            self._follow(value, shape)
        elif is_a(value, MethodType):
            self._root(value.__func__, shape)
            self._root(value.__self__, shape)
        elif is_a(value, functools.partial):
            for each in (value.func, *value.args, *value.keywords.values()):
                self._root(each, shape)
        elif is_a(value, staticmethod) or is_a(value, classmethod):
            self._root(value.__func__, shape)
        elif is_a(value, type):
            self._class(value, shape, called=True)
        else:
            self._push(value, shape, (), None)
            for name, part in parts_of(value):
                self._push(part, (*shape, f".{name}"), (), None)

    def _follow(self, function: FunctionType, shape: tuple[str, ...]) -> None:
        if id(function) in self.functions or len(self.functions) > _MANY_FUNCTIONS:
            return
        if of_library(function.__code__):
            if function.__module__ == "functools" and function.__name__ == "register":
                # Of `singledispatch`: its table is a variable of it.
                self.functions.add(id(function))
                self._cells(function, shape)
            return
        self.functions.add(id(function))
        self._cells(function, shape)
        for each in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._push(each, (*shape, "()"), (), None)
        fresh: set[str] = set()
        for code in all_codes(function.__code__):
            fresh.update(code.co_names)
            fresh.update(each for each in code.co_consts if isinstance(each, str) and len(each) < 40)
        if is_user_code(function.__code__.co_filename):
            self.own_words |= fresh
        self._globals(function, fresh)
        fresh -= self.words
        self.words |= fresh
        for name in fresh & self._methods.keys():
            for value, where in self._methods.pop(name):
                self._member(value, where)
        for name in fresh & self._held.keys():
            for value, where in self._held.pop(name):
                self._push(value, where, (), None)

    def _cells(self, function: FunctionType, shape: tuple[str, ...]) -> None:
        if not function.__closure__:
            return
        place = Cells(function, shape, (), None)
        self.places.append(place)
        for name, value in place.read():
            self._entered(value, (*shape, f".{name}"), place, name)

    def _globals(self, function: FunctionType, names: set[str]) -> None:
        namespace = function.__globals__
        bound = {name for code in all_codes(function.__code__) for name in _binds_globally(code)}
        if bound:
            place = self._names.get(id(namespace))
            if place is None:
                place = self._names[id(namespace)] = Names(namespace, ())
                self.places.append(place)
            place.names |= bound
        for name in names & namespace.keys():
            value = namespace[name]
            if is_a(value, ModuleType):
                for each in names & value.__dict__.keys() if not _is_closed(value.__name__) else ():
                    self._global(value.__dict__[each], (f"{name}.{each}",), None, each)
            else:
                self._global(value, (name,), self._names.get(id(namespace)), name)
        for module in _imported(function):
            for each in names & module.__dict__.keys() if not _is_closed(module.__name__) else ():
                self._global(module.__dict__[each], (f"{module.__name__}.{each}",), None, each)

    def _global(self, value: object, shape: tuple[str, ...], place: Names | None, name: str) -> None:
        if is_a(value, FunctionType, MethodType, functools.partial, staticmethod, classmethod, _LRU):
            for found in [value] if is_a(value, MethodType) else [each.function for each in locate.unwrap(value)]:
                self._root(found, shape)
        elif is_a(value, type):
            self._class(value, shape, called=True)
        else:
            self._entered(value, shape, place if place is not None and name in place.names else None, name)

    def _class(self, cls: type, shape: tuple[str, ...], *, called: bool = False) -> None:
        """A class whose instances may be asked, or that is called itself."""
        self.spine.add(id(cls))
        if id(cls) in self._classes or len(self._classes) > 200 or _is_closed(_module_of(cls)):
            return
        self._classes[id(cls)] = cls
        for base in locate.mro(cls):
            if of_library_class(base):
                continue
            for name, value in list(locate.class_dict(base).items()):
                if container(value, shape, (), None) is not None or (name in self.words and _may_register(value)):
                    self._push(value, (*shape, f".{name}"), (), None)
                elif _may_register(value):
                    self._held.setdefault(name, []).append((value, (*shape, f".{name}")))
        if called:
            self._offer(cls, {"__init__", "__new__", "__init_subclass__", "__set_name__", "__call__"})
            self._offer(type(cls), {"__call__", "__new__", "__init__", "__prepare__", "__setattr__"})
            if not of_library_class(type(cls)):
                self._class(type(cls), (type(cls).__name__,))
        self._offer(cls, None)

    def _offer(self, cls: type, names: Collection[str] | None) -> None:
        """Methods of a class that may be called: those of these names; without names, those that code uses by now or
        will turn out to use."""
        for base in locate.mro(cls) if cls is not type else ():
            if base is type or base is object:
                continue
            own = locate.class_dict(base)
            for name, value in (
                list(own.items()) if names is None else [(each, own[each]) for each in set(names) & own.keys()]
            ):
                if is_a(value, *_ATOMS):
                    continue
                if names is not None or name in self.words:
                    self._member(value, (base.__name__, f".{name}"))
                    if of_library_class(base):
                        self._inherited(value)
                else:
                    self._methods.setdefault(name, []).append((value, (base.__name__, f".{name}")))

    def _member(self, value: object, where: tuple[str, ...]) -> None:
        for found in locate.unwrap(value):
            self._follow(found.function, where)

    def _inherited(self, value: object) -> None:
        """A method that a class has of the standard library is not entered, but what it asks for counts as well."""
        for found in locate.unwrap(value):
            self.words.update(found.function.__code__.co_names)

    # ---- data ----

    def _push(self, value: object, shape: tuple[str, ...], keys: tuple[object, ...], parent: Place | None) -> None:
        if not is_a(value, *_ATOMS) and id(value) not in self._seen and len(shape) <= _DEEP:
            self._todo.append((value, shape, keys, parent))

    def _entered(self, value: object, shape: tuple[str, ...], place: Place | None, key: object) -> None:
        """A value in a slot: a tuple there is one that grows by being replaced."""
        if type(value) in (tuple, frozenset) and place is not None:
            self.places.append(Frozen(key, shape, place.keys, place))
        self._push(value, shape, place.keys if place is not None else (), place)

    def _visit(self, value: object, shape: tuple[str, ...], keys: tuple[object, ...], parent: Place | None) -> None:
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._kept.append(value)
        inside = "*" in shape
        if not inside and not is_a(value, FunctionType, MethodType):
            self.spine.add(id(value))
        place = container(value, shape, keys, parent)
        if place is not None:
            self.places.append(place)
            for key, each in place.read():
                if type(each) in (tuple, frozenset) and place.holder.__class__ is dict:
                    self.places.append(Frozen(key, (*shape, "*"), (*keys, key), place))
                self._push(each, (*shape, "*"), (*keys, key), place)
        if is_a(value, tuple, frozenset):
            for each in value:
                self._push(each, (*shape, "*"), (*keys, None), parent)
        elif is_a(value, FunctionType):
            if not inside:
                self._cells(value, shape)
        elif is_a(value, MethodType):
            self._push(value.__self__, shape, keys, parent)
        elif not is_a(value, type, ModuleType) and not _is_closed(_module_of(type(value))):
            self._object(value, shape, keys, parent)

    def _object(self, value: object, shape: tuple[str, ...], keys: tuple[object, ...], parent: Place | None) -> None:
        place = Slots(value, shape, keys, parent)
        content = place.read()
        if content or instance_namespace(value) is not None:
            self.places.append(place)
        if "*" not in shape:
            self._class(type(value), (type(value).__name__,))
            call = static_attribute(type(value), "__call__")
            if call is not NOTHING:
                self._offer(type(value), {"__call__"})
        for name, each in content:
            self._entered(each, (*shape, f".{name}"), place, name)


def _may_register(value: object) -> bool:
    """Whether an attribute of a class is an object that others may be put into: a weak container, or one of the user's
    that is no descriptor."""
    kind = type(value)
    # They are no plain classes: a question whether one is below them would be put to its metaclass.
    if any(base is weak for base in locate.mro(kind) for weak in _WEAK):
        return True
    own = issubclass(kind, type) or of_library_class(kind) or static_attribute(kind, "__get__") is not NOTHING
    return not own and not is_a(value, ModuleType)


def _module_of(cls: type) -> str:
    return str(type.__dict__["__module__"].__get__(cls))


def _is_closed(module: str) -> bool:
    return module.partition(".")[0] in _CLOSED


def _imported(function: FunctionType) -> Iterator[ModuleType]:
    """The modules that a function imports as it runs."""
    package = function.__globals__.get("__package__")
    for code in all_codes(function.__code__):
        if dis.opmap["IMPORT_NAME"] in code.co_code[::2]:
            for each in dis.get_instructions(code):
                if each.opname == "IMPORT_NAME":
                    found = sys.modules.get(f"{package}.{each.argval}") or sys.modules.get(each.argval)
                    if found is not None and is_a(found, ModuleType):
                        yield found


def _binds_globally(code: CodeType) -> Iterator[str]:
    if dis.opmap["STORE_GLOBAL"] in code.co_code[::2]:
        for each in dis.get_instructions(code):
            if each.opname == "STORE_GLOBAL":
                yield each.argval


__all__ = ["Reach", "of_library", "of_library_class"]
