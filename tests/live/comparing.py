"""Whether a module that was patched is what a fresh import of its source gives, and whether nothing changed."""

from __future__ import annotations

import dataclasses
import enum
import functools
import gc
import sys
from collections.abc import Iterator
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

LRU = type(functools.lru_cache(lambda: None))
PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))
TABLES = (
    "co_name",
    "co_qualname",
    "co_filename",
    "co_firstlineno",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_nlocals",
    "co_stacksize",
    "co_flags",
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_exceptiontable",
    "co_linetable",
)
#: What the import system puts there, or the interpreter makes on demand.
MODULE_OWN = frozenset(
    {"__builtins__", "__warningregistry__", "__cached__", "__loader__", "__spec__", "__file__", "__annotate__"}
)
CLASS_OWN = frozenset({"__dict__", "__weakref__", "_abc_impl", "__slotnames__", "__annotations_cache__"})


def class_dict(cls: type) -> dict[str, Any]:
    """A class's own namespace, past any metaclass."""
    found: dict[str, Any] = type.__dict__["__dict__"].__get__(cls)
    return found


def code_differences(live: CodeType, fresh: CodeType) -> Iterator[str]:
    """The tables in which two code objects differ, inner ones included."""
    for name in TABLES:
        if getattr(live, name) != getattr(fresh, name):
            yield f"{name}: {getattr(live, name)!r}, fresh {getattr(fresh, name)!r}"
    ours, theirs = list(live.co_consts), list(fresh.co_consts)
    for at, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if isinstance(mine, CodeType) and isinstance(other, CodeType):
            yield from (f"{mine.co_name} {text}" for text in code_differences(mine, other))
            ours[at] = theirs[at] = None
    if [(type(each), each) for each in ours] != [(type(each), each) for each in theirs]:
        yield f"co_consts: {ours!r}, fresh {theirs!r}"


@dataclasses.dataclass(frozen=True)
class Difference:
    """Something that is not as in a fresh import."""

    module: str
    qualname: str
    what: str

    def __str__(self) -> str:
        return f"{self.module}:{self.qualname}: {self.what}"


class Comparison:
    """Walks live and fresh modules side by side."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.found: list[Difference] = []
        #: What a fresh object is in the live world.
        self.twins: dict[int, Any] = {}
        self.keep: list[Any] = []
        self.caches: list[Any] = []
        self.compared = 0
        #: The dicts of live classes by those of their fresh twins, and who refers to them.
        self.dicts: dict[int, Any] = {}
        self.namespaces: list[tuple[tuple[str, str], Any, Any]] = []

    def modules(self, live: ModuleType, fresh: ModuleType, state: frozenset[str]) -> None:
        """Compares two modules; of the names in `state` only that they are bound."""
        mine = {name: value for name, value in vars(live).items() if name not in MODULE_OWN}
        other = {name: value for name, value in vars(fresh).items() if name not in MODULE_OWN}
        # An annotation that went leaves an empty dict where a fresh module has none.
        for names in (mine, other):
            if names.get("__annotations__") == {}:
                del names["__annotations__"]
        if "__annotate__" in vars(fresh):
            self.values((live.__name__, "__annotate__"), vars(live).get("__annotate__"), vars(fresh)["__annotate__"])
        elif vars(live).get("__annotate__") is not None:
            self.differ((live.__name__, "__annotate__"), "is still bound")
        self.same_names((live.__name__, ""), mine, other)
        for name in mine.keys() & other.keys():
            if name not in state:
                self.values((live.__name__, name), mine[name], other[name])
        for path, mine_dict, other_dict in self.namespaces:
            if id(other_dict) in self.dicts and self.dicts[id(other_dict)] is not mine_dict:
                self.differ(path, "its __classdict__ is not that of the class")
        self.namespaces.clear()

    def differ(self, path: tuple[str, str], what: str) -> None:
        self.found.append(Difference(*path, what))

    def same_names(self, path: tuple[str, str], mine: dict[str, Any], other: dict[str, Any]) -> None:
        for name in sorted(mine.keys() - other.keys()):
            self.differ(below(path, name), "is still bound")
        for name in sorted(other.keys() - mine.keys()):
            self.differ(below(path, name), "is not bound")

    def values(self, path: tuple[str, str], live: Any, fresh: Any) -> None:
        """Compares two values of any kind."""
        if isinstance(fresh, enum.Enum) and isinstance(live, enum.Enum):
            if (live._name_, live._value_) != (fresh._name_, fresh._value_):
                self.differ(path, f"is {live!r}, fresh {fresh!r}")
            self.values(path, type(live), type(fresh))
            return
        if isinstance(fresh, PLAIN) or isinstance(live, PLAIN):
            if type(live) is not type(fresh) or live != fresh:
                self.differ(path, f"is {live!r}, fresh {fresh!r}")
            return
        if id(fresh) in self.twins:
            if self.twins[id(fresh)] is not live and not isinstance(live, (tuple, list, dict, set, frozenset)):
                self.differ(path, f"is another object than elsewhere: {live!r}")
            return
        self.twins[id(fresh)] = live
        self.keep.append(fresh)
        if isinstance(live, ModuleType) or isinstance(fresh, ModuleType):
            if getattr(live, "__name__", None) != getattr(fresh, "__name__", None):
                self.differ(path, f"is {live!r}, fresh {fresh!r}")
            return
        if type(live).__qualname__ != type(fresh).__qualname__:
            self.differ(path, f"is {live!r}, fresh {fresh!r}")
            return
        self.objects(path, live, fresh)

    def objects(self, path: tuple[str, str], live: Any, fresh: Any) -> None:
        self.compared += 1
        if isinstance(fresh, FunctionType):
            self.functions(path, live, fresh)
        elif isinstance(fresh, type):
            self.classes(path, live, fresh)
        elif isinstance(fresh, (staticmethod, classmethod)):
            self.values(path, live.__func__, fresh.__func__)
        elif isinstance(fresh, property):
            for name in ("fget", "fset", "fdel", "__doc__"):
                self.values(path, getattr(live, name), getattr(fresh, name))
        elif isinstance(fresh, LRU):
            self.caches += [live, fresh]
            self.values(path, live.cache_parameters(), fresh.cache_parameters())
            self.values(path, vars(live), vars(fresh))
        elif isinstance(fresh, (dict, MappingProxyType)):
            self.same_names(path, {repr(key): 0 for key in live}, {repr(key): 0 for key in fresh})
            mine = {repr(key): value for key, value in live.items()}
            for key, value in fresh.items():
                if repr(key) in mine:
                    self.values(path, mine[repr(key)], value)
        elif isinstance(fresh, (tuple, list)):
            if len(live) != len(fresh):
                self.differ(path, f"is {live!r}, fresh {fresh!r}")
            for mine, other in zip(live, fresh, strict=False):
                self.values(path, mine, other)
        elif isinstance(fresh, (set, frozenset)):
            self.values(path, sorted(map(repr, live)), sorted(map(repr, fresh)))
        elif isinstance(fresh, dataclasses.Field):
            for name in ("name", "type", "default", "init", "repr", "compare", "kw_only"):
                self.values(path, getattr(live, name), getattr(fresh, name))
        elif isinstance(fresh, (MemberDescriptorType, GetSetDescriptorType)):
            pass
        elif type(fresh).__repr__ is not object.__repr__ and repr(live) != repr(fresh):
            self.differ(path, f"is {live!r}, fresh {fresh!r}")

    def functions(self, path: tuple[str, str], live: FunctionType, fresh: FunctionType) -> None:
        for text in code_differences(live.__code__, fresh.__code__):
            self.differ(path, text)
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            mine, other = getattr(live, name), getattr(fresh, name)
            if mine != other:
                self.differ(path, f"{name}: {mine!r}, fresh {other!r}")
        for name in ("__defaults__", "__kwdefaults__", "__annotations__", "__dict__"):
            mine, other = getattr(live, name), getattr(fresh, name)
            before = len(self.found)
            self.values(path, mine, other)
            if len(self.found) > before:
                self.differ(path, f"... in {name}")
        if hasattr(fresh, "__annotate__"):
            self.values(path, live.__annotate__, fresh.__annotate__)
        owner = fresh.__globals__.get("__name__")
        if owner in self.names and live.__globals__ is not vars(sys.modules[owner]):
            self.differ(path, "its globals are not those of its module")
        mine_cells = dict(zip(live.__code__.co_freevars, live.__closure__ or (), strict=True))
        for name, cell in zip(fresh.__code__.co_freevars, fresh.__closure__ or (), strict=True):
            if name == "__classdict__" and name in mine_cells:
                # What is evaluated later in a class sees the dict of that class, not a copy.
                self.namespaces.append((path, mine_cells[name].cell_contents, cell.cell_contents))
            elif name in mine_cells:
                self.values(path, mine_cells[name].cell_contents, cell.cell_contents)

    def classes(self, path: tuple[str, str], live: type, fresh: type) -> None:
        for name in ("__name__", "__qualname__", "__module__"):
            if getattr(live, name) != getattr(fresh, name):
                self.differ(path, f"{name}: {getattr(live, name)!r}, fresh {getattr(fresh, name)!r}")
        if fresh.__module__ not in self.names:
            return
        own = (fresh.__module__, fresh.__qualname__)
        self.dicts[id(gc.get_referents(class_dict(fresh))[0])] = gc.get_referents(class_dict(live))[0]
        self.values(own, live.__bases__, fresh.__bases__)
        mro = [[f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__] for cls in (live, fresh)]
        if mro[0] != mro[1]:
            self.differ(own, f"mro {mro[0]}, fresh {mro[1]}")
        mine = {name: value for name, value in class_dict(live).items() if name not in CLASS_OWN}
        other = {name: value for name, value in class_dict(fresh).items() if name not in CLASS_OWN}
        self.same_names(own, mine, other)
        for name in mine.keys() & other.keys():
            if name == "__static_attributes__":
                self.values(own, set(mine[name]), set(other[name]))
            else:
                self.values(below(own, name), mine[name], other[name])


def below(path: tuple[str, str], name: str) -> tuple[str, str]:
    return path[0], f"{path[1]}.{name}" if path[1] else name


# ---- nothing changed --------------------------------------------------------------------------------


def code_state(code: CodeType) -> tuple[Any, ...]:
    """A code object's identity, and what can be changed in place."""
    inner = tuple(code_state(each) for each in code.co_consts if isinstance(each, CodeType))
    return (id(code), code.co_firstlineno, code.co_linetable, inner)


def state_of(roots: dict[str, Any], *, caches: bool) -> dict[int, Any]:
    """Everything that can be reached from some objects and could have been changed, by identity.

    Modules are looked into if they are among the roots. The objects are kept alive in the result, so that
    an identity stands for one object.
    """
    states: dict[int, tuple[Any, Kept]] = {}
    modules = {id(value) for value in roots.values()}
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = list(roots.items())
    while todo:
        path, value = todo.pop()
        if id(value) in seen or isinstance(value, PLAIN):
            continue
        if isinstance(value, ModuleType) and id(value) not in modules:
            continue
        seen.add(id(value))
        facets, parts = _facets(value, caches=caches)
        if facets is not None:
            states[id(value)] = (facets, Kept(path, value))
        todo += [(f"{path}.{name}", part) for name, part in parts]
    return states


class Kept:
    """Holds an object; equal to any other, so that only identities are compared."""

    def __init__(self, path: str, value: Any) -> None:
        self.path = path
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept)

    __hash__ = None  # type: ignore[assignment]


def _ids(values: Any) -> tuple[int, ...]:
    return tuple(map(id, values))


def _facets(value: Any, *, caches: bool) -> tuple[Any, list[tuple[str, Any]]]:
    if isinstance(value, ModuleType):
        names = {key: each for key, each in vars(value).items() if key not in MODULE_OWN}
        return {key: id(each) for key, each in names.items()}, list(names.items())
    if isinstance(value, FunctionType):
        cells = value.__closure__ or ()
        contents = [cell.cell_contents for cell in cells]
        defaults = value.__defaults__ or ()
        named = value.__kwdefaults__ or {}
        facets = (
            code_state(value.__code__),
            (_ids(defaults), {key: id(each) for key, each in named.items()}),
            (value.__name__, value.__qualname__, value.__module__, value.__doc__),
            {key: repr(each) for key, each in value.__annotations__.items()},
            (_ids(cells), _ids(contents)),
            {key: id(each) for key, each in vars(value).items()},
            id(value.__globals__),
        )
        parts = [*defaults, *named.values(), *contents, *vars(value).values()]
        return facets, [(str(at), part) for at, part in enumerate(parts)]
    if isinstance(value, type):
        if not value.__flags__ & (1 << 9) or value.__module__ in ("builtins", "enum", "functools", "dataclasses"):
            return None, []
        own = class_dict(value)
        names = {key: each for key, each in own.items() if key not in CLASS_OWN}
        facets = (
            {key: id(each) for key, each in names.items() if not isinstance(each, PLAIN)},
            {key: each for key, each in names.items() if isinstance(each, PLAIN)},
            _ids(value.__bases__),
            _ids(value.__mro__),
            (value.__name__, value.__qualname__),
        )
        return facets, list(names.items())
    if isinstance(value, LRU):
        return value.cache_info() if caches else None, [("wrapped", value.__wrapped__)]
    if isinstance(value, (staticmethod, classmethod)):
        return id(value.__func__), [("func", value.__func__)]
    if isinstance(value, property):
        parts = [("get", value.fget), ("set", value.fset), ("del", value.fdel)]
        return _ids(part for _, part in parts), parts
    if isinstance(value, dict):
        return {_key(key): id(each) for key, each in value.items()}, [(str(key), each) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return _ids(value), [(str(at), each) for at, each in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return frozenset(_ids(value)), []
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, dict):
        return (id(type(value)), {key: id(each) for key, each in attributes.items()}), list(attributes.items())
    return None, []


def _key(key: Any) -> Any:
    return key if isinstance(key, PLAIN) else id(key)


def changes_between(before: dict[int, Any], after: dict[int, Any]) -> list[str]:
    """What is not as it was."""
    found = [f"{before[key][1].path} is gone or another object" for key in before.keys() - after.keys()]
    found += [f"{after[key][1].path} is new" for key in after.keys() - before.keys()]
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            found.append(f"{before[key][1].path} changed: {before[key][0]!r:.600} to {after[key][0]!r:.600}")
    return sorted(found)
