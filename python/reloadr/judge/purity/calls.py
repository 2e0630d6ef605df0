"""Calls: which of the other parts has to know what is called."""

from __future__ import annotations

import ast
import functools
import operator
import types
from typing import Any

from reloadr.judge.library import CLASS_METHODS, METHODS
from reloadr.judge.operable import Lazy
from reloadr.judge.purity.attributes import Subclasses, is_private_name
from reloadr.judge.purity.classes import Classes
from reloadr.judge.purity.expressions import Expressions
from reloadr.judge.purity.functions import Functions
from reloadr.judge.purity.library_functions import LibraryFunctions
from reloadr.judge.purity.scopes import Local
from reloadr.judge.purity.values import NEVER, Arguments, Bound, Impure, Method, Value, join
from reloadr.judge.static import NOTHING, static_attribute
from reloadr.live.kinds import dispatched, is_a


class Calls(Expressions, LibraryFunctions, Classes, Functions):
    """The part of the walk that calls whatever a name or an attribute gave."""

    def eval_Call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Attribute) and not is_private_name(node.func):
            owner = self.text_of(self.eval(node.func.value), node.func.attr)
            if self.is_library_instance(owner):
                return self.call_method(owner, node.func.attr, self.arguments(node), node)
            callee = self.attribute(owner, node.func.attr)
        else:
            callee = self.eval(node.func)
        return self.call(callee, self.arguments(node), node)

    def text_of(self, owner: Value, name: str) -> Value:
        """The text among several kinds of values, for a method that of all of them only text has: on the others the
        call raises. `k.startswith("_")` for the names and values of a class or module."""
        if owner.types is None or str not in owner.types or len(owner.types) == 1 or name not in METHODS["str"]:
            return owner
        lacking = {
            kind
            for kind in owner.types
            if kind.__module__ == "builtins" and static_attribute(kind, name) is NOTHING and kind is not str
        }
        return Value(owner.types - lacking, owner.cells, owner.known)

    def is_library_instance(self, owner: Value) -> bool:
        return (
            owner.types is not None
            and all(kind is Lazy or self.library_name(kind) is not None for kind in owner.types)
            and "SimpleNamespace" not in {self.library.data.get(kind) for kind in owner.types}
        )

    def arguments(self, node: ast.Call) -> Arguments:
        found = Arguments([])
        rest: list[Value] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                rest.append(self.items(self.eval(argument.value)))
            elif rest:
                rest.append(self.eval(argument))
            else:
                found.positional.append(self.eval(argument))
        for keyword in node.keywords:
            value = self.eval(keyword.value)
            if keyword.arg is None:
                if not self.kinds(value) <= {dict}:
                    raise Impure
                rest.append(self.items(value))
            else:
                found.keywords[keyword.arg] = value
        if rest:
            found.rest = join(*rest)
        return found

    def call(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        if callee.types == frozenset():
            return NEVER
        if callee.types in (frozenset({operator.itemgetter}), frozenset({operator.attrgetter})):
            return self.call_getter(callee, arguments, node)
        target = callee.known
        if target is NOTHING or self.is_callable(type(target)):
            return join(*(self.special_call(callee, kind, "__call__", arguments) for kind in self.called(callee)))
        if isinstance(target, Local):
            local = target
            return self.call_node(local.node, local.scope, local.defaults, local.keyword_defaults, arguments, node)
        if isinstance(target, Bound):
            bound = Arguments([target.owner, *arguments.positional], arguments.keywords, arguments.rest)
            return self.call(target.function, bound, node)
        if isinstance(target, Subclasses):
            if arguments.all():
                raise Impure
            return self.fresh(node, [list], *map(self.live_value, type.__subclasses__(target.cls)), slot="subclasses")
        if isinstance(target, Method):
            return self.call_stored_method(target, arguments, node)
        return self.call_live(target, arguments, node)

    def called(self, callee: Value) -> frozenset[type]:
        """The classes of instances that are called; refused where others may be."""
        kinds = self.kinds(callee)
        if not kinds or not all(self.is_callable(kind) for kind in kinds):
            raise Impure
        return kinds

    def call_live(self, target: Any, arguments: Arguments, node: ast.AST) -> Value:
        kind = type(target)
        if kind is types.MethodDescriptorType:
            return self.call_unbound(target.__name__, arguments, node)
        if kind is types.MethodType:
            owner = self.live_value(target.__self__)
            return self.call(self.bind(target.__func__, owner), arguments, node)
        if kind is functools.partial:
            return self.call_partial(target, arguments, node)
        forms = dispatched(target)
        if forms is not None:
            return join(*(self.call(self.live_value(each), arguments, node) for each in forms))
        special = self.special(target, arguments, node)
        if special is not None:
            return special
        if kind is types.BuiltinFunctionType and type(target.__self__) in self.library.data:
            return self.call_method(self.live_value(target.__self__), target.__name__, arguments, node)
        if kind is types.FunctionType:
            return self.call_function(target, arguments, node)
        if is_a(target, type):
            return self.construct(target, arguments, node)
        raise Impure

    def call_getter(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        """A call of `itemgetter(...)` or `attrgetter(...)`: the cell holds what it was made with."""
        if len(arguments.all()) != 1:
            raise Impure
        wanted = join(*(cell.inner for cell in callee.cells))
        (source,) = arguments.positional
        if callee.types == frozenset({operator.itemgetter}):
            found = self.subscript(source, wanted, node)
        elif type(wanted.known) is str and wanted.known.isidentifier() and not wanted.known.startswith("__"):
            found = self.attribute(source, wanted.known)
        else:
            raise Impure
        return join(found, self.fresh(node, [tuple], found, slot="getter"))

    def call_stored_method(self, target: Method, arguments: Arguments, node: ast.AST) -> Value:
        owner = target.owner
        if not is_a(owner.known, type):
            return self.call_method(owner, target.name, arguments, node)
        cls = owner.known
        held = static_attribute(cls, target.name)
        if type(held) in (types.MethodDescriptorType, types.FunctionType):
            if not all(issubclass(kind, cls) for kind in self.kinds(join(*arguments.positional[:1]))):
                raise Impure
            return self.call_unbound(target.name, arguments, node)
        if target.name not in CLASS_METHODS:
            raise Impure
        given = arguments.all()
        self.require(*given, data=True)
        return self.fresh(node, [cls, str, bytes, dict], *given, *map(self.soft_items, given), slot="made")

    def call_unbound(self, name: str, arguments: Arguments, node: ast.AST) -> Value:
        if not arguments.positional or not self.is_library_instance(arguments.positional[0]):
            raise Impure
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
        return self.call_method(arguments.positional[0], name, rest, node)

    def call_partial(self, target: functools.partial[object], arguments: Arguments, node: ast.AST) -> Value:
        positional = [self.live_value(x) for x in target.args] + arguments.positional
        keywords = {name: self.live_value(x) for name, x in target.keywords.items()} | arguments.keywords
        return self.call(self.live_value(target.func), Arguments(positional, keywords, arguments.rest), node)
