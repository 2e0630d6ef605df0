"""Attributes: what reading one gives, of a module, a class, or an instance of the library's or the user's."""

from __future__ import annotations

import ast
import enum
import itertools
import sys
import types
import typing
from dataclasses import dataclass

from reloadr.judge.library import ATTRIBUTES, INTERPOLATION, METHODS, MUTATORS, PATH_TYPES, TEMPLATE
from reloadr.judge.operable import has_library_metaclass, has_plain_attributes, is_named_tuple
from reloadr.judge.purity.instances import Instances
from reloadr.judge.purity.templates import Templates
from reloadr.judge.purity.values import NEVER, STR, Bound, Impure, Method, Value, join, of
from reloadr.judge.static import NOTHING, instance_namespace, static_attribute, stored
from reloadr.live.kinds import is_a
from reloadr.live.locate import class_dict, mro

_PARENTS = ast.Pass()
#: What a function keeps of its header and body; its annotations may be computed when they are read.
_HELD = ("__defaults__", "__kwdefaults__", "__code__", *(("__annotations__",) if sys.version_info < (3, 14) else ()))
_NAMING = ("__name__", "__qualname__", "__module__", "__doc__")
FROM_ITERABLE = object()  # stands for `itertools.chain.from_iterable`, which is made anew on each look-up


def is_private_name(node: ast.AST) -> bool:
    """Whether the attribute's name would be mangled inside a class."""
    return isinstance(node, ast.Attribute) and node.attr.startswith("__") and not node.attr.endswith("__")


@dataclass(frozen=True, eq=False)
class Subclasses:
    """The method of a class that gives its subclasses."""

    cls: type


class Attributes(Templates, Instances):
    """The part of the walk that reads attributes."""

    def eval_Attribute(self, node: ast.Attribute) -> Value:
        if is_private_name(node):  # mangled inside a class: which name is meant is not known here
            raise Impure
        return self.attribute(self.eval(node.value), node.attr)

    def attribute(self, owner: Value, name: str) -> Value:
        known = owner.known
        if is_a(known, types.ModuleType):
            return self.module_attribute(known, name)
        if is_a(known, type):
            return self.class_attribute(known, name)
        if type(known) in (types.FunctionType, types.BuiltinFunctionType) and name in _NAMING:
            return of(str, type(None))
        if type(known) is types.FunctionType and name in _HELD:
            return self.live_value(getattr(known, name))
        if is_a(known, typing.NewType) and name == "__supertype__":
            return self.live_value(known.__supertype__)
        if type(known) is types.CodeType and name.startswith("co_") and name not in ("co_lines", "co_positions"):
            return self.live_value(getattr(known, name))
        return join(*(self.instance_attribute(owner, kind, name) for kind in self.kinds(owner)))

    def module_attribute(self, module: types.ModuleType, name: str) -> Value:
        if type(module) is not types.ModuleType:
            raise Impure
        space = types.ModuleType.__getattribute__(module, "__dict__")
        if name not in space:  # a module's `__getattr__` would run
            raise Impure
        return self.live_value(space[name])

    def class_attribute(self, cls: type, name: str) -> Value:
        if not has_library_metaclass(cls):
            raise Impure
        if name in ("__name__", "__qualname__"):
            return STR
        if name == "__dict__":
            return self.namespace_of(cls)
        if name == "__abstractmethods__" and name in class_dict(cls):
            return self.live_value(class_dict(cls)[name])
        if name in ("__mro__", "__bases__"):
            return self.live_value(mro(cls) if name == "__mro__" else type.__getattribute__(cls, name))
        if name == "__members__" and type(cls) is enum.EnumType:
            return self.live_value(dict(cls._member_map_))
        if name == "__subclasses__":
            return Value(frozenset({types.BuiltinMethodType}), frozenset(), Subclasses(cls))
        if name in ("__doc__", "__annotations__") and name in class_dict(cls):
            held = class_dict(cls)[name]
            if type(held) in (str, type(None), dict):
                return self.live_value(held)
        if type(cls) is enum.EnumType and name in cls._member_map_:
            return self.live_value(cls._member_map_[name])
        held = static_attribute(cls, name)
        if held is NOTHING or (static_attribute(type(cls), name) is not NOTHING and name not in ("mro",)):
            raise Impure
        if cls is itertools.chain and name == "from_iterable":
            return Value(frozenset({Method}), frozenset(), FROM_ITERABLE)
        if cls in self.library.data and static_attribute(type(held), "__get__") is not NOTHING:
            return Value(frozenset({Method}), frozenset(), self.method_of(self.live_value(cls), name))
        return self.from_class(held, self.live_value(cls))

    def from_class(self, held: object, cls: Value) -> Value:
        """What reading `held` out of a class's namespace gives on the class itself."""
        if type(held) is staticmethod:
            return self.live_value(held.__func__)
        if type(held) is classmethod:
            return self.bind(held.__func__, cls)
        if type(held) is not types.FunctionType and static_attribute(type(held), "__get__") is not NOTHING:
            raise Impure
        return self.live_value(held)

    def bind(self, function: object, owner: Value) -> Value:
        if type(function) is not types.FunctionType:
            raise Impure
        return Value(frozenset({types.MethodType}), frozenset(), Bound(self.live_value(function), owner))

    def instance_attribute(self, owner: Value, kind: type, name: str) -> Value:
        library_name = self.library_name(kind)
        if library_name is not None:
            return self.library_attribute(owner, kind, library_name, name)
        if not has_plain_attributes(kind) or name.startswith("__"):
            raise Impure
        if issubclass(kind, enum.Enum) and name in ("value", "name", "_value_", "_name_"):
            return self.enum_attribute(owner, kind, name)
        held = static_attribute(kind, name)
        if is_named_tuple(kind) and type(held).__name__ == "_tuplegetter":
            return join(*(cell.inner for cell in owner.cells))
        if owner.known is not NOTHING and type(owner.known) is kind:
            return self.live_attribute(owner, kind, held, name)
        fields = static_attribute(kind, "__dataclass_fields__")
        if owner.cells and is_a(fields, dict) and name in fields:
            return join(*(cell.inner for cell in owner.cells))
        if type(held) is types.FunctionType:
            return self.bind(held, Value(frozenset({kind}), owner.cells))
        computed = self.property_of(owner, kind, held)
        if computed is not None:
            return computed
        if kind in self.constructed_here and all(cell.fresh for cell in owner.cells):
            if type(held) is types.MemberDescriptorType:
                return join(*(cell.inner for cell in owner.cells))
            if held is not NOTHING and static_attribute(type(held), "__get__") is not NOTHING:
                raise Impure
            return join(*(cell.inner for cell in owner.cells), *([] if held is NOTHING else [self.live_value(held)]))
        raise Impure

    def enum_attribute(self, owner: Value, kind: type, name: str) -> Value:
        for base in mro(kind):
            if name in class_dict(base) and base.__module__ != "enum":
                raise Impure
        if owner.known is not NOTHING:
            return STR if "name" in name else self.live_value(stored(owner.known, "_value_"))
        return STR if "name" in name else join(*(cell.inner for cell in self.members(kind).cells))

    def live_attribute(self, owner: Value, kind: type, held: object, name: str) -> Value:
        if type(held) is types.MemberDescriptorType:
            found = stored(owner.known, name)
            return NEVER if found is NOTHING else self.live_value(found)
        getter = static_attribute(type(held), "__get__")
        data = (
            static_attribute(type(held), "__set__") is not NOTHING
            or static_attribute(type(held), "__delete__") is not NOTHING
        )
        computed = self.property_of(owner, kind, held)
        if computed is not None:
            return computed
        if getter is not NOTHING and data:  # a property or another descriptor that takes precedence
            raise Impure
        space = instance_namespace(owner.known)
        if space is not None and name in space:
            return self.live_value(space[name])
        if held is NOTHING:
            raise Impure
        if type(held) is types.FunctionType:
            return self.bind(held, owner)
        return self.from_class(held, self.live_value(kind))

    def library_attribute(self, owner: Value, kind: type, library_name: str, name: str) -> Value:
        if library_name in (TEMPLATE, INTERPOLATION) and not name.startswith("__"):
            return self.template_attribute(owner, library_name, name)
        if library_name == "SimpleNamespace":
            known = owner.known
            if is_a(known, types.SimpleNamespace):
                return self.live_value(vars(known)[name]) if name in vars(known) else NEVER
            return join(*(cell.inner for cell in owner.cells))
        if name in ATTRIBUTES.get(library_name, ()):
            return self.anything if name.endswith(("address", "netmask", "tzinfo")) else self.plain
        if library_name in PATH_TYPES:
            if name == "parent":
                return of(kind)
            if name == "parents":
                return Value(frozenset({tuple}), self.fresh(_PARENTS, [tuple], of(kind), slot=kind.__name__).cells)
        if name in METHODS.get(library_name, ()) or name in MUTATORS.get(library_name, ()):
            # All types of the receiver are looked at again when it is called.
            return Value(frozenset({Method}), frozenset(), self.method_of(owner, name))
        if static_attribute(kind, name) is not NOTHING or name.startswith("__"):
            raise Impure
        return NEVER  # no such attribute: reading it raises

    def method_of(self, owner: Value, name: str) -> Method:
        key = (owner.types, owner.cells, id(owner.known), name)
        known = self.methods.get(key)
        if known is None:
            known = self.methods[key] = Method(owner, name)
        return known
