"""What definitions say of themselves: `f.__doc__`, `inspect.signature(f)`, `vars(C)`, `dir(m)`, `hasattr(C, "x")`.

Nobody is asked: an attribute that a descriptor, a metaclass or a module's `__getattr__` would compute is refused.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
import types
from collections.abc import Callable, Iterable

from reloadr.judge.library import resolve
from reloadr.judge.operable import has_library_metaclass, has_plain_attributes
from reloadr.judge.purity.attributes import Attributes
from reloadr.judge.purity.values import BOOL, STR, Arguments, Impure, Value, join, of
from reloadr.judge.static import NOTHING, instance_namespace, static_attribute
from reloadr.live.kinds import is_a
from reloadr.live.locate import class_dict, mro

#: Reading annotations evaluates them.
_DEFERRED = sys.version_info >= (3, 14)
_MOST = 2000
#: Members that a class gives without running anything.
_LYING = (types.FunctionType, staticmethod, classmethod)
_OF_SLOTS = (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.BuiltinFunctionType,
)
Handler = Callable[[Arguments, ast.AST], Value]


class Asking(Attributes):
    """The part of the walk that calls what inspects definitions."""

    def asking_handlers(self) -> dict[int, Handler]:
        """The functions that inspect, each with its rule."""
        found: dict[int, Handler] = {
            id(vars): self.call_vars,
            id(dir): self.call_dir,
            id(hasattr): self.call_hasattr,
            id(builtins.globals): self.call_globals,
        }
        rules: list[tuple[str, str, Handler]] = [
            ("inspect", "signature", self.call_signature),
            ("inspect", "getdoc", self.call_getdoc),
            (
                "inspect",
                "iscoroutinefunction isgeneratorfunction isasyncgenfunction isfunction isclass",
                self.call_kind,
            ),
            ("dataclasses", "fields", self.call_fields),
            ("typing", "get_type_hints", self.call_type_hints),
        ]
        for module, names, rule in rules:
            for _, _, function in resolve({module: names}):
                found[id(function)] = rule
        return found

    def call_globals(self, arguments: Arguments, node: ast.AST) -> Value:
        if arguments.all():
            raise Impure
        if len(self.top.globals) > _MOST:
            raise Impure
        return self.live_value(self.namespace)

    @functools.cached_property
    def namespace(self) -> dict[str, object]:
        """The names that the expression sees, as `globals()` gives them."""
        return dict(self.top.globals)

    def call_vars(self, arguments: Arguments, node: ast.AST) -> Value:
        if not arguments.all():
            return self.call_globals(arguments, node)
        owner = self._one(arguments)
        if is_a(owner, types.ModuleType):
            return self.live_value(types.ModuleType.__getattribute__(owner, "__dict__"))
        if is_a(owner, type) and has_library_metaclass(owner):
            return self.namespace_of(owner)
        space = instance_namespace(owner) if has_plain_attributes(type(owner)) else None
        if space is None:
            raise Impure
        return self.live_value(space)

    def call_dir(self, arguments: Arguments, node: ast.AST) -> Value:
        if arguments.all():
            self._names_of(self._one(arguments))
        return self.fresh(node, [list], STR, slot="dir")

    def _names_of(self, owner: object) -> dict[str, object]:
        """The attributes that an object has, without asking it; what is computed counts as it lies there."""
        if is_a(owner, types.ModuleType):
            space = types.ModuleType.__getattribute__(owner, "__dict__")
            if "__dir__" in space:
                raise Impure
            return dict(space)
        if is_a(owner, type):
            if not has_library_metaclass(owner):
                raise Impure
            return {name: value for base in reversed(mro(owner)) for name, value in class_dict(base).items()}
        kind = type(owner)
        if not has_plain_attributes(kind) or static_attribute(kind, "__dir__") is not object.__dir__:
            raise Impure
        found = {name: value for base in reversed(mro(kind)) for name, value in class_dict(base).items()}
        return {**found, **(instance_namespace(owner) or {})}

    def call_hasattr(self, arguments: Arguments, node: ast.AST) -> Value:
        owner, name = self._two(arguments)
        if is_a(owner, types.ModuleType, type):
            self._known_or_absent(owner, name)
        else:
            held = self._names_of(owner).get(name, NOTHING)
            if held is not NOTHING and type(held) not in _LYING:
                self._lying_there(held)
        return BOOL

    def _known_or_absent(self, owner: object, name: str) -> object:
        """An attribute of a module or class as it lies there; NOTHING if there is none and nobody computes it."""
        if is_a(owner, types.ModuleType):
            space = types.ModuleType.__getattribute__(owner, "__dict__")
            if name not in space and ("__getattr__" in space or type(owner) is not types.ModuleType):
                raise Impure
            return space.get(name, NOTHING)
        if not is_a(owner, type) or not has_library_metaclass(owner):
            raise Impure
        return static_attribute(owner, name)

    def call_getattr(self, arguments: Arguments, node: ast.AST) -> Value:
        """`getattr(x, "name", default)`; of a class or module also by a name that is not known."""
        if arguments.keywords or arguments.rest is not None or len(arguments.positional) not in (2, 3):
            raise Impure
        owner, name, *default = arguments.positional
        if self.kinds(name) - {str}:
            raise Impure
        if type(name.known) is str:
            if is_a(owner.known, types.ModuleType, type) and default:
                if self._known_or_absent(owner.known, name.known) is NOTHING:
                    return default[0]
            return join(self.attribute(owner, name.known), *default)
        if not is_a(owner.known, types.ModuleType, type):
            raise Impure
        values = self._names_of(owner.known).values()
        if len(values) > _MOST:
            raise Impure
        return join(*default, *(self._lying_there(value) for value in values))

    def _lying_there(self, value: object) -> Value:
        if type(value) in (*_LYING, property) or static_attribute(type(value), "__get__") is NOTHING:
            return self.live_value(value)
        if type(value) in _OF_SLOTS:
            return self.live_value(value)
        raise Impure

    def call_signature(self, arguments: Arguments, node: ast.AST) -> Value:
        function = self._function(self._one(arguments))
        self.require(self.live_value(function.__defaults__ or ()), data=True)
        self.require(self.live_value(function.__kwdefaults__ or {}), data=True)
        for value in self._annotations(function).values():
            self.require(self.live_value(value))
        return of(*(kind for kind, name in self.library.data.items() if name == "Signature"))

    def _function(self, owner: object) -> types.FunctionType:
        if not is_a(owner, types.FunctionType) or {"__wrapped__", "__signature__"} & owner.__dict__.keys():
            raise Impure
        return owner

    def _annotations(self, owner: types.FunctionType | type) -> dict[str, object]:
        if _DEFERRED:
            # To ask for them runs them.
            if is_a(owner, types.FunctionType) and owner.__annotate__ is None:  # type: ignore[attr-defined]
                return {}
            raise Impure
        if is_a(owner, types.FunctionType):
            return owner.__annotations__
        held = class_dict(owner).get("__annotations__")
        return held if type(held) is dict else {}

    def call_getdoc(self, arguments: Arguments, node: ast.AST) -> Value:
        owner = self._one(arguments)
        if not is_a(owner, types.FunctionType) and not (is_a(owner, type) and has_library_metaclass(owner)):
            raise Impure
        return of(str, type(None))

    def call_kind(self, arguments: Arguments, node: ast.AST) -> Value:
        if not is_a(self._one(arguments), types.FunctionType, type):
            raise Impure
        return BOOL

    def call_fields(self, arguments: Arguments, node: ast.AST) -> Value:
        owner = self._one(arguments)
        fields = static_attribute(owner, "__dataclass_fields__") if is_a(owner, type) else NOTHING
        if not is_a(fields, dict):
            raise Impure
        return self.live_value(tuple(fields.values()))

    def call_type_hints(self, arguments: Arguments, node: ast.AST) -> Value:
        owner = self._one(arguments)
        if is_a(owner, type):
            parts: Iterable[types.FunctionType | type] = [each for each in mro(owner) if each is not object]
        else:
            parts = [self._function(owner)]
        values = [value for part in parts for value in self._annotations(part).values()]
        plain = [value for value in values if type(value) is not str]
        if not all(type(value) in (type, types.GenericAlias, types.UnionType, type(None)) for value in plain):
            raise Impure
        for part in parts:
            for value in self._annotations(part).values():
                if type(value) is str:
                    self._require_names(value, part)
        made = of(type, types.GenericAlias, types.UnionType)
        return self.fresh(node, [dict], STR, made, *map(self.live_value, plain), slot="hints")

    def _require_names(self, text: str, part: types.FunctionType | type) -> None:
        """Refuse an annotation that is text, and does more as it is evaluated than to name types of the library."""
        home = sys.modules.get(part.__module__) if is_a(part, type) else None
        space = part.__globals__ if is_a(part, types.FunctionType) else vars(home) if home is not None else {}
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError:
            raise Impure from None
        for each in ast.walk(tree.body):
            if isinstance(each, ast.Name):
                held = space.get(each.id, vars(builtins).get(each.id, NOTHING))
                if not is_a(held, type) or not has_library_metaclass(held) or held.__module__ != "builtins":
                    raise Impure
            elif not isinstance(each, (ast.Subscript, ast.Constant, ast.Tuple, ast.BinOp, ast.BitOr, ast.expr_context)):
                raise Impure

    def _one(self, arguments: Arguments) -> object:
        if len(arguments.positional) != 1 or len(arguments.all()) != 1 or arguments.positional[0].known is NOTHING:
            raise Impure
        return arguments.positional[0].known

    def _two(self, arguments: Arguments) -> tuple[object, str]:
        if len(arguments.positional) != 2 or len(arguments.all()) != 2:
            raise Impure
        owner, name = (each.known for each in arguments.positional)
        if owner is NOTHING or type(name) is not str:
            raise Impure
        return owner, name
