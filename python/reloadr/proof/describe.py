"""What a process consists of, as a graph that can be compared with that of another process.

Nodes are objects, edges the words by which a person reaches one from another: `.routes`, `[3]`, `['key']`. A value is
told without addresses, ids and the order of hashes. Nothing of the user's is called: attributes are read where they
lie. It is a walk in breadth, so that what a limit leaves out is what lies farthest from the modules.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import hashlib
import sys
import types
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from reloadr.judge.static import NOTHING, instance_namespace, is_a
from reloadr.live.locate import class_dict, mro
from reloadr.live.proxy import target_of

__all__ = ["CUT", "Description", "Graph", "module_names"]

#: The value of an object that was not looked at, and the edge that says that others are left out.
CUT = "..."
#: How far, how many objects, and how many parts of each are described.
DEPTH, NODES, PARTS = 12, 60_000, 2_000
#: Text that is longer is told by its beginning and a digest.
LONG = 100

#: Types whose `repr` says all and runs no code of the user's.
_PLAIN = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented), range, bytearray)
_PLAIN_LIBRARY = (decimal.Decimal, fractions.Fraction, uuid.UUID, datetime.date, datetime.timedelta, datetime.timezone)
_SEQUENCES = (list, tuple, collections.deque)
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
#: The module that stands for the main one in a process whose main module is another.
_MAIN = {"__mp_main__": "__main__"}


@dataclass(slots=True)
class Graph:
    """A process as it was described. Node 0 is never referred to."""

    values: list[str] = field(default_factory=lambda: [CUT])
    parts: list[dict[str, int]] = field(default_factory=lambda: [{}])
    #: Modules by name.
    roots: dict[str, int] = field(default_factory=dict)
    #: Functions and classes that are found under their own names, and that path.
    homes: dict[int, str] = field(default_factory=dict)
    #: Whether objects were left out because there are too many.
    is_full: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"values": self.values, "parts": self.parts, "roots": self.roots, "is_full": self.is_full}

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> Graph:
        """What `to_data` made plain. Homes are asked of the living process only."""
        return cls(data["values"], data["parts"], data["roots"], {}, data["is_full"])

    @property
    def definitions(self) -> int:
        """How many functions and classes it holds."""
        return sum(
            value.startswith(("function ", "class ")) and bool(p)
            for value, p in zip(self.values, self.parts, strict=True)
        )


def module_names(names: Iterable[str]) -> frozenset[str]:
    """The names of the modules to describe, the main one under both of its names."""
    return frozenset(names) | ({"__mp_main__"} if "__main__" in names else frozenset())


class Description:
    """Describes the modules of these names. `steps` does it piece by piece; `graph` is what came of it."""

    def __init__(self, names: Iterable[str]) -> None:
        self.graph = Graph()
        self._names = list(names)
        self._own = module_names(self._names)
        self._seen: dict[int, int] = {}
        #: Objects that were seen: as long as they live, their ids are theirs.
        self._kept: list[object] = []
        self._leaves: dict[str, int] = {}
        self._due: collections.deque[tuple[int, object, int]] = collections.deque()
        self._members: dict[type, list[tuple[str, types.MemberDescriptorType]]] = {}

    def steps(self) -> Iterator[None]:
        """Describes one object, then waits to be asked for the next."""
        for name in self._names:
            module = sys.modules.get(name)
            if module is not None:
                self.graph.roots[name] = self._node(module, 0)
        while self._due:
            number, obj, depth = self._due.popleft()
            self._describe(number, obj, depth)
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
        if isinstance_of(obj, types.FunctionType, type) and _found_by_name(obj):
            self.graph.homes[number] = f"{_module_of(obj)}:{_qualname_of(obj)}"
        return number

    def _value(self, obj: object) -> str:
        if is_a(obj, types.FunctionType):
            return f"function {_name_of(obj)}"
        if is_a(obj, type):
            return f"class {_name_of(obj)}"
        if is_a(obj, types.ModuleType):
            name = _namespace(obj).get("__name__")
            return f"module {_MAIN.get(str(name), name)}" if type(name) is str else "module"
        if is_a(obj, types.CodeType):
            return f"code {digest_of_code(obj)}"
        kind = type(obj)
        if kind in (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType):
            return f"builtin {getattr(obj, '__qualname__', '')}"
        return _short(_qualname_of(kind)) if _module_of(kind) == "builtins" else f"instance of {_name_of(kind)}"

    def _is_foreign(self, obj: object) -> bool:
        """Whether it is somebody else's, and is told by its name alone."""
        if is_a(obj, types.ModuleType):
            return _namespace(obj).get("__name__") not in self._own
        if isinstance_of(obj, types.FunctionType, type):
            module = _module_of(obj)
            return module not in self._own and (module.startswith("reloadr") or _found_by_name(obj))
        if is_a(obj, types.CodeType):
            return True
        return _module_of(type(obj)).partition(".")[0] in ("reloadr", "_core", "weakref", "_weakref")

    # ---- what an object consists of -----------------------------------------------------------------

    def _describe(self, number: int, obj: object, depth: int) -> None:
        parts = self.graph.parts[number]
        for label, part in self._parts(obj):
            if len(parts) >= PARTS:
                parts[CUT] = 0
                break
            while label in parts:
                label += "'"
            parts[label] = self._node(part, depth + 1)

    def _parts(self, obj: object) -> Iterator[tuple[str, object]]:
        if is_a(obj, types.ModuleType):
            yield from _attributes(_namespace(obj), _MACHINERY)
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
        elif is_a(obj, *_SEQUENCES):
            for at, value in enumerate(_elements(obj)):
                yield f"[{at}]", value
        elif is_a(obj, set, frozenset):
            for label in sorted(label_of(value) for value in _elements(obj)):
                yield f"{{{label}}}", None
        if _module_of(kind) != "builtins":
            yield ".__class__", kind
        space = instance_namespace(obj)
        if space is not None:
            yield from _attributes(space, frozenset())
        for name, member in self._members_of(kind):
            try:
                yield f".{name}", member.__get__(obj)
            except (AttributeError, TypeError, ValueError):
                continue

    def _members_of(self, kind: type) -> list[tuple[str, types.MemberDescriptorType]]:
        found = self._members.get(kind)
        if found is None:
            found = self._members[kind] = []
            for base in mro(kind):
                held = list(class_dict(base).items())
                found += [(name, each) for name, each in held if type(each) is types.MemberDescriptorType]
        return found


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
        if type(name) is str and name not in without:
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


# ---- names and values ------------------------------------------------------------------------------


def isinstance_of(obj: object, *kinds: type) -> bool:
    """`is_a`, for those to whom it is no matter which."""
    return issubclass(type(obj), kinds)


def plain(obj: object) -> str | None:
    """A value that says all there is to know of an object; None if there is more to it."""
    kind = type(obj)
    if kind in (str, bytes, bytearray):
        held: Any = obj
        if len(held) > LONG:
            return _long(held)
        return repr(held)
    if kind is int and abs(obj) >> 4_000:  # type: ignore[arg-type]
        return _short(hex(obj))  # type: ignore[arg-type]
    if kind in _PLAIN or kind in _PLAIN_LIBRARY:
        return _short(repr(obj))
    if kind is datetime.datetime:
        moment: Any = obj
        return repr(obj) if moment.tzinfo is None or type(moment.tzinfo) is datetime.timezone else None
    return None


def _long(held: str | bytes) -> str:
    data = held.encode("utf-8", "surrogatepass") if isinstance(held, str) else bytes(held)
    return f"{held[: LONG // 2]!r}... ({len(held)}, {_digest(data)})"


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG // 2]}... ({_digest(text.encode())})"


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def label_of(key: object) -> str:
    """A key or an element in a word."""
    text = plain(key)
    if text is not None:
        return text
    if type(key) is tuple:
        return f"({', '.join(map(label_of, key))})"
    if isinstance_of(key, types.FunctionType, type):
        return _name_of(key)
    named = (instance_namespace(key) or {}).get("_name_")
    return f"<{_name_of(type(key))}{f'.{named}' if type(named) is str else ''}>"


def _namespace(module: types.ModuleType) -> dict[str, object]:
    kind: Any = types.ModuleType
    access = kind.__dict__["__dict__"]
    found = access.__get__(module)
    return found if type(found) is dict else {}


def _module_of(obj: Any) -> str:
    """The module that a function or class says that it is from."""
    if is_a(obj, type):
        space = class_dict(obj)
        # A builtin type tells it by its name alone.
        name = space.get("__module__") if "__module__" in space else _builtin_module(obj)
    else:
        name = obj.__module__
    return _MAIN.get(name, name) if type(name) is str else ""


def _builtin_module(cls: type) -> object:
    access: Any = type.__dict__["__module__"]
    return access.__get__(cls)


def _qualname_of(obj: Any) -> str:
    access: Any = type.__dict__["__qualname__"]
    return str(access.__get__(obj) if is_a(obj, type) else obj.__qualname__)


def _name_of(obj: object) -> str:
    module, qualname = _module_of(obj), _qualname_of(obj)
    return qualname if module == "builtins" else f"{module}.{qualname}"


def _found_by_name(obj: object) -> bool:
    """Whether its module has it under its name."""
    module: object = sys.modules.get(_module_of(obj))
    if not is_a(module, types.ModuleType):
        return False
    found: object = module
    for part in _qualname_of(obj).split("."):
        space = _namespace(found) if is_a(found, types.ModuleType) else class_dict(found) if is_a(found, type) else {}
        found = space.get(part, NOTHING)
        if is_a(found, staticmethod, classmethod):
            wrapper: Any = found
            found = wrapper.__func__
    return target_of(found) is obj


def digest_of_code(code: types.CodeType) -> str:
    """What a code object does, whatever lines it stands on."""
    return _digest(repr(_facts(code)).encode("utf-8", "surrogatepass"))


def _facts(code: types.CodeType) -> tuple[object, ...]:
    return (
        code.co_code,
        code.co_exceptiontable,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
        [_constant(each) for each in code.co_consts],
    )


def _constant(value: object) -> object:
    if isinstance(value, types.CodeType):
        return _facts(value)
    if isinstance(value, frozenset):
        return sorted(repr(_constant(each)) for each in value)
    if isinstance(value, tuple):
        return tuple(_constant(each) for each in value)
    return value
