"""What a process consists of, as a graph that can be compared with that of another process.

Edges read as `.routes`, `[3]`, `['key']`. Nothing of the user's is called: attributes are read where they lie.
It is a walk in breadth, so that what a limit leaves out is what lies farthest from the modules.
"""

from __future__ import annotations

import _thread
import collections
import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from reloadr.judge.static import instance_namespace
from reloadr.live.kinds import is_a
from reloadr.live.locate import class_dict, mro
from reloadr.live.proxy import target_of
from reloadr.proof.codes import digest_by_steps, digest_of_code
from reloadr.proof.graph import CUT, Graph
from reloadr.proof.words import (
    MAIN,
    PLAIN,
    PLAIN_LIBRARY,
    found_by_name,
    isinstance_of,
    label_of,
    module_of,
    name_of,
    namespace,
    plain,
    qualname_of,
    short,
)

__all__ = ["Description", "module_names"]

#: How far, how many objects, and how many parts of each are described.
DEPTH, NODES, PARTS = 12, 60_000, 2_000
#: How many parts of an object are described in one step.
STEP = 100
#: How many bytes of instructions are many.
LONG = 1_000

_SEQUENCES = (list, tuple, collections.deque)
#: What is in an object of a plain type, as an object of that type itself.
_EXACT: dict[type, Callable[[Any], object]] = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: lambda obj: str.__getitem__(obj, slice(None)),
    bytes: lambda obj: bytes.__getitem__(obj, slice(None)),
    bytearray: lambda obj: bytearray.__getitem__(obj, slice(None)),
}
#: Types of which all is told.
_READ = (
    *PLAIN,
    *PLAIN_LIBRARY,
    *_SEQUENCES,
    dict,
    set,
    frozenset,
    type,
    BaseException,
    types.MappingProxyType,
    # Whether one is held is state of the moment.
    type(_thread.allocate_lock()),
    _thread.RLock,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.ClassMethodDescriptorType,
    types.MethodWrapperType,
    # What is in it is state.
    functools._lru_cache_wrapper,
)
_MACHINERY = frozenset(
    [
        "__builtins__",
        "__cached__",
        "__spec__",
        "__loader__",
        "__file__",
        "__path__",
        "__warningregistry__",
        "__package__",
        "__name__",
        "__annotations_cache__",
        "__conditional_annotations__",
    ]
)
_OF_CLASSES = frozenset(
    [
        "__dict__",
        "__weakref__",
        "_abc_impl",
        "__slotnames__",
        "__firstlineno__",
        "__static_attributes__",
        "__classcell__",
        "__qualname__",
        "__module__",
        "__annotations_cache__",
        "__dictoffset__",
    ]
)


#: All loggers of the process, in the order in which they were asked for; what each of them has found out.
_ALL_OF_THEM = frozenset({"logging.Logger.manager", "logging.Logger._cache"})


def module_names(names: Iterable[str]) -> frozenset[str]:
    """The names of the modules to describe, the main one under both of its names."""
    return frozenset(names) | ({"__mp_main__"} if "__main__" in names else frozenset())


class Description:
    """Describes the modules of these names. `steps` does it piece by piece; `graph` is what came of it."""

    def __init__(self, names: Iterable[str], computed: Iterable[str] = ()) -> None:
        self.graph = Graph()
        #: Types, and attributes of them, that are left out.
        self._computed = frozenset(computed) | _ALL_OF_THEM
        self._without: dict[type, frozenset[str]] = {}
        self._names = list(names)
        self._own = module_names(self._names)
        self._seen: dict[int, int] = {}
        #: Objects that were seen: as long as they live, their ids are theirs.
        self._kept: list[object] = []
        self._leaves: dict[str, int] = {}
        #: Of long code objects, by id, until they are described.
        self._digests: dict[int, str] = {}
        self._due: collections.deque[tuple[int, object, int]] = collections.deque()
        self._members: dict[type, list[tuple[str, types.MemberDescriptorType]]] = {}

    def steps(self) -> Iterator[None]:
        """Describes a little, then waits to be asked for more."""
        for name in self._names:
            module = sys.modules.get(name)
            if module is not None:
                self.graph.roots[name] = self._node(module, 0)
        while self._due:
            number, obj, depth = self._due.popleft()
            yield from self._describe(number, obj, depth)
            yield
        self._kept.clear()
        self._seen.clear()

    def run(self) -> Graph:
        """All of it at once."""
        for _ in self.steps():
            pass
        return self.graph

    # ---- nodes -------------------------------------------------------------------------------------

    def _new(self, value: str) -> int:
        self.graph.values.append(value)
        self.graph.parts.append({})
        return len(self.graph.values) - 1

    def _leaf(self, value: str) -> int:
        number = self._leaves.get(value)
        if number is None:
            number = self._leaves[value] = self._new(value)
        return number

    def _node(self, obj: object, depth: int) -> int:
        """The number of an object's node; it is described later, if there is more to it than its value."""
        obj = target_of(obj)
        known = self._seen.get(id(obj))
        if known is not None:
            return known
        text = plain(obj)
        if text is not None:
            return self._leaf(text)
        value = self._value(obj)
        if self._is_foreign(obj):
            return self._leaf(value)
        if depth > DEPTH:
            return self._leaf(CUT)
        if len(self.graph.values) >= NODES:
            self.graph.is_full = True
            return self._leaf(CUT)
        number = self._seen[id(obj)] = self._new(value)
        self._kept.append(obj)
        self._due.append((number, obj, depth))
        if not isinstance_of(obj, types.FunctionType, type):
            return number
        self.graph.definitions += 1
        if found_by_name(obj):
            self.graph.homes[number] = f"{module_of(obj)}:{qualname_of(obj)}"
        return number

    def _value(self, obj: object) -> str:
        if is_a(obj, types.FunctionType):
            return f"function {name_of(obj)}"
        if is_a(obj, type):
            return f"class {name_of(obj)}"
        if is_a(obj, types.ModuleType):
            name = namespace(obj).get("__name__")
            return f"module {MAIN.get(str(name), name)}" if type(name) is str else "module"
        if is_a(obj, types.CodeType):
            return f"code {self._digests.pop(id(obj), None) or digest_of_code(obj)}"
        kind = type(obj)
        if kind in (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType):
            return f"builtin {getattr(obj, '__qualname__', '')}"
        return short(qualname_of(kind)) if module_of(kind) == "builtins" else f"instance of {name_of(kind)}"

    def _is_foreign(self, obj: object) -> bool:
        """Whether it is somebody else's, and is told by its name alone."""
        if is_a(obj, types.ModuleType):
            return namespace(obj).get("__name__") not in self._own
        if isinstance_of(obj, types.FunctionType, type):
            module = module_of(obj)
            return module not in self._own and (module.startswith("reloadr") or found_by_name(obj))
        if is_a(obj, types.CodeType):
            return True
        return module_of(type(obj)).partition(".")[0] in ("reloadr", "_core", "weakref", "_weakref")

    # ---- what an object consists of -----------------------------------------------------------------

    def _describe(self, number: int, obj: object, depth: int) -> Iterator[None]:
        parts = self.graph.parts[number]
        without = self._left_out(type(obj))
        if "" in without:
            return
        for at, (label, part) in enumerate(self._parts(obj), 1):
            if at % STEP == 0:
                yield
            if label in without:
                continue
            if len(parts) >= PARTS:
                parts[CUT] = 0
                break
            if type(part) is types.CodeType and len(part.co_code) > LONG:
                self._digests[id(part)] = yield from digest_by_steps(part)
            while label in parts:
                label += "'"
            parts[label] = self._node(part, depth + 1)
        if self._is_sealed(obj):
            self.graph.sealed.add(number)

    def _left_out(self, kind: type) -> frozenset[str]:
        """The labels of a type's objects that are left out; "" for all of them."""
        found = self._without.get(kind)
        if found is None:
            names = [f"{module_of(base)}.{qualname_of(base)}" for base in mro(kind)] if self._computed else []
            found = frozenset(each[len(name) :] for name in names for each in self._computed if each.startswith(name))
            self._without[kind] = found = frozenset(label for label in found if label[:1] in ("", "."))
        return found

    def _parts(self, obj: object) -> Iterator[tuple[str, object]]:
        if is_a(obj, types.ModuleType):
            yield from _attributes(namespace(obj), _MACHINERY)
        elif is_a(obj, types.FunctionType):
            yield from _of_function(obj)
        elif is_a(obj, type):
            yield from _of_class(obj)
        else:
            yield from self._of_instance(obj)

    def _of_instance(self, obj: Any) -> Iterator[tuple[str, object]]:
        kind = type(obj)
        if is_a(obj, dict, types.MappingProxyType):
            for key, value in _items(obj):
                yield f"[{label_of(key)}]", value
                if isinstance_of(key, types.FunctionType, type):
                    # It may be an earlier one of that name.
                    yield f"{{{label_of(key)}}}", key
        elif is_a(obj, *_SEQUENCES):
            for at, value in enumerate(_elements(obj)):
                yield f"[{at}]", value
        elif is_a(obj, set, frozenset):
            for label, value in sorted(((label_of(value), value) for value in _elements(obj)), key=itemgetter(0)):
                yield f"{{{label}}}", value if isinstance_of(value, types.FunctionType, type) else None
        if module_of(kind) != "builtins":
            yield ".__class__", kind
        yield from _core_of(obj)
        space = instance_namespace(obj)
        if space is not None:
            yield from _attributes(space, frozenset())
        for name, member in self._members_of(kind):
            try:
                yield f".{name}", member.__get__(obj)
            except (AttributeError, TypeError, ValueError):
                continue

    def _is_sealed(self, obj: object) -> bool:
        """Whether C code keeps something in an object, and nothing of that could be read: instances are larger than
        what their classes say is in them."""
        kind = type(obj)
        if isinstance_of(obj, *_READ) or self._members_of(kind):
            return False
        sizes: list[int] = [
            type.__dict__[f"__{name}__"].__get__(kind) for name in ("basicsize", "dictoffset", "weakrefoffset")
        ]
        return sizes[0] - 8 * (sizes[1] > 0) - 8 * (sizes[2] > 0) > object.__basicsize__

    def _members_of(self, kind: type) -> list[tuple[str, types.MemberDescriptorType]]:
        found = self._members.get(kind)
        if found is None:
            found = self._members[kind] = []
            for base in mro(kind):
                held = list(class_dict(base).items())
                found += [(name, each) for name, each in held if type(each) is types.MemberDescriptorType]
        return found


def _core_of(obj: Any) -> Iterator[tuple[str, object]]:
    """What a builtin type holds in an object of a class that inherits from it."""
    for base, exact in _EXACT.items():
        if type(obj) is not base and is_a(obj, base):
            yield f"({base.__name__})", exact(obj)
    if is_a(obj, BaseException):
        args: Any = BaseException.__dict__["args"]
        yield ".args", args.__get__(obj)


def _of_function(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    yield ".__code__", function.__code__
    yield ".__defaults__", function.__defaults__
    yield ".__kwdefaults__", function.__kwdefaults__
    yield ".__doc__", function.__doc__
    if sys.version_info >= (3, 14):
        # To ask for the annotations would evaluate them.
        yield ".__annotate__", function.__annotate__
    else:
        yield ".__annotations__", function.__annotations__
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f".__closure__[{name!r}]", cell.cell_contents
        except ValueError:
            continue
    yield from _attributes(function.__dict__, frozenset())


def _of_class(cls: type) -> Iterator[tuple[str, object]]:
    if type(cls) is not type:
        yield ".__class__", type(cls)
    bases: Any = type.__dict__["__bases__"]
    yield ".__bases__", bases.__get__(cls)
    for label, value in _attributes(class_dict(cls), _OF_CLASSES):
        if isinstance_of(value, types.MemberDescriptorType, types.GetSetDescriptorType):
            value = "slot"
        yield label, value


def _attributes(space: Any, without: frozenset[str]) -> Iterator[tuple[str, object]]:
    for name, value in _items(space):
        # A module or class that has no annotations any more: who asks for them gets an empty dict anyway.
        bare = name == "__annotations__" and type(value) is dict and not value
        if type(name) is str and name not in without and not bare:
            yield f".{name}", value


def _items(held: Any) -> list[tuple[object, object]]:
    """The beginning of a mapping's items. Other threads may be at work on it."""
    items = dict.items if is_a(held, dict) else types.MappingProxyType.items
    for _ in range(10):
        try:
            return list(islice(items(held), PARTS + 1))
        except RuntimeError:
            continue
    return []


def _elements(held: Any) -> list[object]:
    kind = next(each for each in (*_SEQUENCES, set, frozenset) if is_a(held, each))
    for _ in range(10):
        try:
            return list(islice(kind.__iter__(held), PARTS + 1))
        except RuntimeError:
            continue
    return []
