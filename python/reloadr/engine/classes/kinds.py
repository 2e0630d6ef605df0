"""What a class is: who made its content, and who read its body when it was made."""

from __future__ import annotations

import abc
import dataclasses
import enum
import functools
import typing
from collections.abc import Callable
from types import FunctionType, MemberDescriptorType
from typing import cast

from reloadr._core import Node
from reloadr.live import locate
from reloadr.live.kinds import is_a

#: Modules whose `__init_subclass__` does nothing that is not done here as well.
HARMLESS_HOOKS = ("builtins", "typing", "enum", "abc")


class _SomeTypedDict(typing.TypedDict):
    pass


#: Metaclasses whose work is known: they keep what the body binds.
_KNOWN_META: tuple[type, ...] = (
    type,
    abc.ABCMeta,
    enum.EnumMeta,
    type(typing.Protocol),
    type(_SomeTypedDict),
)


#: Class decorators whose work is known, or is none.
KNOWN_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s", "total_ordering", "final"})


#: Written by the interpreter and `typing` for what a class statement says.
STATED = frozenset(
    {
        "__slots__", "__annotations__", "__orig_bases__", "__parameters__", "__type_params__", "__annotate_func__",
        "__annotations_cache__", "__abstractmethods__", "__static_attributes__", "__firstlineno__",
    }
)  # fmt: skip
#: Set by the interpreter for every class, or about the object rather than the class.
OWN = frozenset({"__dict__", "__weakref__", "__module__", "__qualname__", "_abc_impl", "__slotnames__"})


def binders(cls: Node) -> dict[str, list[Node]]:
    """The members of a class body by the name they bind."""
    found: dict[str, list[Node]] = {}
    for node in cls.members:
        for name in node.binds if node.name is None else [locate.bound_name(node)]:
            found.setdefault(name, []).append(node)
    return found


def with_nested(cls: type) -> list[type]:
    """A class and those that its body defines, at any depth."""
    found = [cls]
    for value in list(locate.class_dict(cls).values()):
        if is_a(value, type) and value.__qualname__.startswith(f"{cls.__qualname__}.") and value is not cls:
            found += with_nested(value)
    return found


def is_generated(cls: type) -> bool:
    """Whether the class's content was made from its body by someone who is known to do so."""
    own = locate.class_dict(cls)
    return (
        "__dataclass_fields__" in own
        or "__attrs_attrs__" in own
        or is_a(cls, enum.EnumMeta)
        or (issubclass(cls, tuple) and "_fields" in own)
        or type(cls).__name__ == "_TypedDictMeta"
        or is_protocol(cls)
        or is_model(cls)
    )


def fields_of(cls: type) -> set[str]:
    """The fields of a generated class: what makes an instance of it was written with their defaults."""
    own, found = locate.class_dict(cls), set[str]()
    for name in ("__dataclass_fields__", "__pydantic_fields__", "_fields", "__struct_fields__"):
        if is_a(held := own.get(name), dict, tuple):
            found.update(each for each in held if is_a(each, str))
    attributes = own.get("__attrs_attrs__")
    return found | {each.name for each in attributes} if is_a(attributes, tuple) else found


def default_of(get: Callable[[str], object], name: str) -> object:
    """What a generated class gives a field that nobody says: it is no attribute of the class where instances have slots
    or are tuples. `get`: the attributes of the class. A field that a function makes: that function."""
    fields, defaults, attributes = get("__dataclass_fields__"), get("_field_defaults"), get("__attrs_attrs__")
    if is_a(fields, dict) and name in fields:
        made = fields[name].default_factory
        return fields[name].default if made is dataclasses.MISSING else made
    if is_a(defaults, dict) and name in defaults:
        return defaults[name]
    if is_a(attributes, tuple):
        return next((each.default for each in attributes if each.name == name), get(name))
    return get(name)


def is_protocol(cls: type) -> bool:
    """A protocol itself, not a class that is derived from one."""
    return locate.class_dict(cls).get("_is_protocol") is True


def is_model(cls: type) -> bool:
    """A pydantic or msgspec model."""
    return any(meta.__module__.split(".")[0] in ("pydantic", "msgspec") for meta in _meta_mro(cls))


def _meta_mro(cls: type) -> tuple[type, ...]:
    return cast("tuple[type, ...]", type(cls).__mro__)


def foreign_meta(cls: type, *, itself: bool = False) -> type | None:
    """A metaclass of the user's or of a framework that has a hand in making a class, or is the class `itself`."""
    for meta in (cls,) if itself else _meta_mro(cls):
        if meta in _KNOWN_META or meta is object:
            continue
        if meta.__module__ in ("typing", "typing_extensions", "enum", "abc"):
            continue
        if {"__new__", "__init__", "__prepare__"} & set(locate.class_dict(meta)):
            return meta
    return None


def is_method(value: object) -> bool:
    return is_a(value, FunctionType, staticmethod, classmethod, property, functools.cached_property)


def slots_of(cls: type) -> list[str]:
    """The slots that a class itself adds."""
    own = locate.class_dict(cls)
    return sorted(name for name, value in own.items() if is_a(value, MemberDescriptorType))


__all__ = [
    "HARMLESS_HOOKS",
    "KNOWN_DECORATORS",
    "OWN",
    "STATED",
    "binders",
    "default_of",
    "fields_of",
    "foreign_meta",
    "is_generated",
    "is_method",
    "is_model",
    "is_protocol",
    "slots_of",
    "with_nested",
]
