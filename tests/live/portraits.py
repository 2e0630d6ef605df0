"""What a process has in its modules, as text that can be compared with that of another process.

Values are followed to their parts. Which of them are one object is part of it: what is met a second time is told by
where it was met first.
"""

from __future__ import annotations

import collections
import enum
import functools
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any

_ATOMS = (int, float, str, bytes, bool, complex, type(None), type(...), type(NotImplemented))
#: Of a class: what says nothing, or what is told by something else.
_UNTOLD = {
    "__dict__", "__weakref__", "__module__", "_abc_impl", "__firstlineno__", "__static_attributes__", "__parameters__",
    "_is_runtime_protocol", "__annotate__", "__annotations_cache__", "__annotate_func__", "__conditional_annotations__",
}  # fmt: skip
_NAMES = {"__builtins__", "__file__", "__cached__", "__loader__", "__spec__", "__warningregistry__"}


class Portrait:
    def __init__(self) -> None:
        self.met: dict[int, str] = {}
        self.kept: list[object] = []

    def show(self, value: Any, path: str) -> str:
        kind = type(value)
        if kind in _ATOMS:
            return repr(value)
        if isinstance(value, types.ModuleType):
            return f"<module {value.__name__}>"
        if kind is tuple:
            return "(" + ", ".join(self.show(each, f"{path}[{at}]") for at, each in enumerate(value)) + ")"
        if kind is types.GenericAlias or kind is types.UnionType:
            return repr(value)
        if kind is types.BuiltinFunctionType and not isinstance(value.__self__, (list, dict, set)):
            # All of a process have it.
            return f"<builtin {value.__qualname__}>"
        if id(value) in self.met:
            return f"->{self.met[id(value)]}"
        if isinstance(value, type) and value.__module__ not in ("base", "mid", "top", "conf"):
            return f"<class {value.__module__}.{value.__qualname__}>"
        self.met[id(value)] = path
        self.kept.append(value)
        return self.told(value, kind, path)

    def told(self, value: Any, kind: type, path: str) -> str:
        if kind is types.FunctionType:
            return self.function(value, path)
        if isinstance(value, type):
            return self.a_class(value, path)
        if kind in (list, collections.deque):
            return "[" + ", ".join(self.show(each, f"{path}[{at}]") for at, each in enumerate(value)) + "]"
        if kind in (set, frozenset):
            return "{" + ", ".join(sorted(self.show(each, path) for each in value)) + "}"
        if isinstance(value, (weakref.WeakKeyDictionary, weakref.WeakValueDictionary)):
            # What it holds depends on when it was asked, as caches do.
            return f"<weak {kind.__name__}>"
        if isinstance(value, (dict, types.MappingProxyType)):
            return self.mapping(value, path) + self.inside(value, path)
        if kind in (staticmethod, classmethod, types.MethodType):
            whose = self.show(value.__self__, f"{path}.__self__") if kind is types.MethodType else ""
            return f"<{kind.__name__} {self.show(value.__func__, path + '.__func__')} {whose}>"
        if kind is property:
            parts = [
                self.show(each, path + ".property") for each in (value.fget, value.fset, value.fdel, value.__doc__)
            ]
            return f"<property {', '.join(parts)}>"
        if kind is functools.partial:
            parts = [self.show(each, path + ".partial") for each in (value.func, value.args, value.keywords)]
            return f"<partial {', '.join(parts)}>"
        if kind is functools.singledispatchmethod:
            return f"<dispatch {self.show(value.dispatcher, path)}>"
        if isinstance(value, types.CodeType):
            return self.code(value, path)
        if isinstance(value, types.GeneratorType):
            return f"<generator {value.__name__} {value.gi_frame is None} {self.code(value.gi_code, path)}>"
        if isinstance(value, types.BuiltinFunctionType):
            return f"<builtin {value.__qualname__}>"
        if type(value).__module__ in ("re", "typing", "inspect") and "lambda" not in repr(value):
            return repr(value)
        if kind.__module__ == "logging":
            return f"<logger {value.name}>"
        shown = self.show(kind, f"type({path})")
        return f"<{shown} {self.inside(value, path)}{self.parts(value, path)}>"

    def parts(self, value: Any, path: str) -> str:
        """What an object of a subclass of something built in has of it."""
        if isinstance(value, enum.Enum):
            return value.name or "?"
        for base in (int, str, float, bytes):
            if isinstance(value, base):
                return base.__repr__(value)
        if isinstance(value, tuple):
            return self.show(tuple(value), path)
        if isinstance(value, list):
            return self.show(list(value), path)
        if isinstance(value, types.GenericAlias):
            return repr(value)
        return ""

    def inside(self, value: Any, path: str) -> str:
        found = dict(getattr(value, "__dict__", None) or {})
        for each in type(value).__mro__:
            slots = each.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    found[name] = getattr(value, name)
        found = {name: each for name, each in found.items() if type(each).__name__ not in ("lock", "RLock")}
        return self.mapping(found, path + ".") if found else ""

    def mapping(self, value: Any, path: str) -> str:
        return "{" + ", ".join(
            f"{self.show(name, path)}: {self.show(each, f'{path}[{name!r}]' if isinstance(name, _ATOMS) else path)}"
            for name, each in list(value.items())
        ) + "}"  # fmt: skip

    def function(self, value: types.FunctionType, path: str) -> str:
        cells = []
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            try:
                content = cell.cell_contents
            except ValueError:
                cells.append(f"{name}: empty")
                continue
            cells.append(f"{name}: {self.show(content, f'{path}<{name}>')}")
        parts = [
            value.__name__, value.__qualname__, value.__module__, repr(value.__doc__),
            self.show(value.__defaults__, path + ".__defaults__"),
            self.show(value.__kwdefaults__, path + ".__kwdefaults__"),
            self.mapping(value.__annotations__, path + ".__annotations__"),
            self.show(value.__dict__, path + "."), self.code(value.__code__, path), ", ".join(cells),
        ]  # fmt: skip
        return f"<function {' '.join(parts)}>"

    def code(self, value: types.CodeType, path: str) -> str:
        consts = [self.code(each, path) if isinstance(each, types.CodeType) else repr(each) for each in value.co_consts]
        return (
            f"[{value.co_qualname} {value.co_flags & ~0x2000000} {value.co_varnames} {sorted(value.co_names)} {consts}]"
        )

    def a_class(self, value: type, path: str) -> str:
        bases = ", ".join(self.show(each, f"{path}.__bases__") for each in value.__bases__)
        members = []
        # Where special members stand says nothing.
        for name, each in sorted(vars(value).items(), key=lambda item: item[0] if item[0][:2] == "__" else ""):
            given = name.startswith("__") and type(each).__name__ in ("getset_descriptor", "member_descriptor")
            if given or name in _UNTOLD or (name == "__annotations__" and not each):
                continue
            members.append(f"{name}={self.show(each, f'{path}.{name}')}")
        kind = "" if type(value) is type else self.show(type(value), f"type({path})")
        return f"<class {value.__module__}.{value.__qualname__}({bases}) {kind} {'; '.join(members)}>"


def portrait(modules: tuple[str, ...]) -> dict[str, str]:
    """The names of the modules, each with what it has."""
    told = Portrait()
    return dict(_names(told, modules))


def _names(told: Portrait, modules: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for module in modules:
        living = sys.modules[module]
        for name in sorted(vars(living)):
            if name not in _NAMES:
                yield f"{module}:{name}", told.show(vars(living)[name], f"{module}:{name}")
