"""Expressions: literals, operators, subscripts, comprehensions, and what they are assigned to."""

from __future__ import annotations

import ast
import enum
import types
from collections.abc import Iterable
from typing import cast

from reloadr.judge.library import INTERPOLATION, VIEWS
from reloadr.judge.operable import Lazy, has_library_metaclass, is_named_tuple, is_operable
from reloadr.judge.purity.ground import Ground
from reloadr.judge.purity.scopes import Local, Scope
from reloadr.judge.purity.values import BOOL, STR, Cell, Impure, Row, Value, join, of
from reloadr.judge.static import NOTHING, static_attribute
from reloadr.live.kinds import is_a
from reloadr.live.locate import mro


class Expressions(Ground):
    """The part of the walk that evaluates expressions, but for attributes, calls and lambdas."""

    def eval_Constant(self, node: ast.Constant) -> Value:
        return Value(frozenset({type(node.value)}), frozenset(), node.value)

    def eval_Name(self, node: ast.Name) -> Value:
        return self.load(node.id)

    def elements(self, nodes: Iterable[ast.expr]) -> list[Value]:
        return [self.items(self.eval(n.value)) if isinstance(n, ast.Starred) else self.eval(n) for n in nodes]

    def eval_List(self, node: ast.List) -> Value:
        return self.fresh(node, [list], *self.elements(node.elts))

    def eval_Tuple(self, node: ast.Tuple) -> Value:
        return self.fresh(node, [tuple], *self.elements(node.elts))

    def eval_Set(self, node: ast.Set) -> Value:
        elements = self.elements(node.elts)
        self.require(*elements)
        return self.fresh(node, [set], *elements)

    def eval_Dict(self, node: ast.Dict) -> Value:
        elements: list[Value] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                elements.append(self.entries(self.eval(value)))
            else:
                found = self.eval(key)
                self.require(found)
                elements += [found, self.eval(value)]
        return self.fresh(node, [dict], *elements)

    def entries(self, merged: Value) -> Value:
        if not self.kinds(merged) <= {dict}:
            raise Impure
        return self.items(merged)

    def eval_JoinedStr(self, node: ast.JoinedStr) -> Value:
        for part in node.values:
            self.eval(part)
        return STR

    def eval_FormattedValue(self, node: ast.FormattedValue) -> Value:
        self.require(self.eval(node.value))
        if node.format_spec is not None:
            self.eval(node.format_spec)
        return STR

    def eval_BoolOp(self, node: ast.BoolOp) -> Value:
        values = [self.eval(n) for n in node.values]
        for value in values[:-1]:
            self.truth(value)
        return join(*values)

    def eval_IfExp(self, node: ast.IfExp) -> Value:
        self.truth(self.eval(node.test))
        return join(self.eval(node.body), self.eval(node.orelse))

    def eval_NamedExpr(self, node: ast.NamedExpr) -> Value:
        scope = self.scope
        while scope.comprehension and scope.parent is not None:
            scope = scope.parent
        if scope is self.top:  # it would bind a name of the module
            raise Impure
        value = self.eval(node.value)
        self.env[node.target.id] = value
        self.grow(scope.names.setdefault(node.target.id, Cell(True)), value)
        return value

    # -- operators

    def eval_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            self.truth(value)
            return BOOL
        self.require(value)
        return Value(self.kinds(value) | {int}, value.cells)

    def eval_Compare(self, node: ast.Compare) -> Value:
        values = [self.eval(n) for n in (node.left, *node.comparators)]
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            held = values[1].known
            if type(held) in (dict, types.MappingProxyType):
                # Keys alone are hashed and compared.
                values[1] = self.row(held).key
        if not all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            self.require(*values)
        return BOOL

    def eval_BinOp(self, node: ast.BinOp) -> Value:
        return self.binary(self.eval(node.left), self.eval(node.right), node)

    def binary(self, left: Value, right: Value, node: ast.AST) -> Value:
        kinds = self.kinds(left) | self.kinds(right)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Add | ast.Mult):
            if not all(is_operable(kind) for kind in kinds):  # the items are passed on, not asked
                raise Impure
        else:
            self.require(left, right)
        names = {self.library.data.get(kind, "") for kind in kinds}
        if any(kind not in self.library.data and not self.is_data(kind) for kind in kinds):
            return of(types.UnionType)  # `int | None`
        if Lazy in kinds or "defaultdict" in names:  # the latter would keep a factory not looked at
            raise Impure
        more: set[type] = {int, float, complex}
        if names & {"date", "datetime", "timedelta"}:
            more |= {kind for kind, name in self.library.data.items() if name == "timedelta"}
        if kinds & VIEWS:
            more.add(set)
        for kind in kinds - self.library.data.keys():  # an enumeration of strings gives strings
            more |= {base for base in mro(kind) if base in self.library.data}
        found = kinds | more
        if not (left.cells or right.cells):
            return Value(frozenset(found))
        return self.fresh(node, found, *(cell.inner for cell in left.cells | right.cells), slot="op")

    # -- subscripts

    def eval_Slice(self, node: ast.Slice) -> Value:
        parts = [self.eval(n) for n in (node.lower, node.upper, node.step) if n is not None]
        self.require(*parts)
        return of(slice)

    def eval_Subscript(self, node: ast.Subscript) -> Value:
        owner, index = self.eval(node.value), self.eval(node.slice)
        return self.subscript(owner, index, node)

    def subscript(self, owner: Value, index: Value, node: ast.AST) -> Value:
        alias = self.generic(owner, index)
        if alias is not None:
            return alias
        precise = self.known_item(owner.known, index.known)
        if precise is not None:
            return precise
        self.require(index)
        results: list[Value] = []
        for kind in self.kinds(owner):
            name = self.library.data.get(kind)
            if name == "defaultdict":
                if not all(cell.fresh for cell in owner.cells):  # a missing key would be put in
                    raise Impure
            elif name == "Match":
                results.append(self.plain)
            elif name == "SimpleNamespace" or (name is None and not is_named_tuple(kind)):
                raise Impure
            if kind in (str, bytes):
                results.append(of(kind, int))
        if self.kinds(index) - {str, bool, int}:
            results.append(self.fresh(node, self.kinds(owner) | {tuple}, self.items(owner), slot="slice"))
        return join(self.items(Value(self.kinds(owner) - self.unsized(), owner.cells)), *results)

    def unsized(self) -> frozenset[type]:
        return frozenset(kind for kind, name in self.library.data.items() if name in ("SimpleNamespace", INTERPOLATION))

    def generic(self, owner: Value, index: Value) -> Value | None:
        """`Enum["name"]`, `list[int]`, `Optional[X]`, `Base[T]`: a subscript of a class or special form."""
        if owner.known is NOTHING:
            if owner.types is None or any(issubclass(kind, type) for kind in owner.types):
                raise Impure
            return None
        target = owner.known
        kind = type(target)
        if is_a(target, type):
            self.require(index)
            if not has_library_metaclass(target):
                raise Impure
            if kind is enum.EnumType:
                return self.members(target)
            if not self.makes_alias(static_attribute(target, "__class_getitem__")):
                raise Impure
            return of(types.GenericAlias)
        if kind in (types.GenericAlias, types.UnionType) or (
            is_operable(kind) and kind not in self.library.data and kind.__module__ == "typing"
        ):
            self.require(index)
            return of(types.GenericAlias)
        return None

    def makes_alias(self, maker: object) -> bool:
        if is_a(maker, classmethod):
            maker = maker.__func__
        if is_a(maker, types.FunctionType):
            return maker.__globals__.get("__name__") == "typing"
        if is_a(maker, type) and issubclass(maker, types.GenericAlias):
            # `collections.abc.Callable` has an alias class of its own.
            return maker.__module__ in ("types", "collections.abc", "_collections_abc")
        return maker is types.GenericAlias or type(maker) in (
            types.ClassMethodDescriptorType,
            types.MethodDescriptorType,
            types.BuiltinFunctionType,
        )

    # -- comprehensions

    def eval_ListComp(self, node: ast.ListComp) -> Value:
        return self.fresh(node, [list], *self.comprehend(node.generators, [node.elt]))

    def eval_SetComp(self, node: ast.SetComp) -> Value:
        found = self.comprehend(node.generators, [node.elt])
        self.require(*found)
        return self.fresh(node, [set], *found)

    def eval_DictComp(self, node: ast.DictComp) -> Value:
        if cast("ast.expr | None", node.value) is None:  # `{**each for each in them}`, from CPython 3.15 on
            (merged,) = self.comprehend(node.generators, [node.key])
            return self.fresh(node, [dict], self.entries(merged))
        found = self.comprehend(node.generators, [node.key, node.value])
        self.require(found[0])
        return self.fresh(node, [dict], *found)

    def eval_GeneratorExp(self, node: ast.GeneratorExp) -> Value:
        return self.fresh(node, [Lazy], *self.comprehend(node.generators, [node.elt]))

    def comprehend(self, generators: list[ast.comprehension], wanted: list[ast.expr]) -> list[Value]:
        outside, outer = self.env, self.scope
        source = self.eval(generators[0].iter)
        targets = frozenset(n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name))
        key = (id(generators[0]), id(outer))
        made = Scope(outer, outer.globals, targets, comprehension=True)
        _, self.scope = self.scopes.setdefault(key, (generators, made))
        self.env = {name: value for name, value in outside.items() if name not in targets}
        self.nested += 1
        try:
            for index, generator in enumerate(generators):
                if generator.is_async:
                    raise Impure
                if index:
                    source = self.eval(generator.iter)
                self.assign(generator.target, self.items(source))
                for test in generator.ifs:
                    self.truth(self.eval(test))
            return self.elements(wanted)
        finally:
            self.nested -= 1
            self.scope, self.env = outer, outside
            for part in (*generators, *wanted):
                for walrus in ast.walk(part):
                    if isinstance(walrus, ast.NamedExpr):  # it may have run or not: any of its values
                        self.env.pop(walrus.target.id, None)

    # -- targets

    def assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.store(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value.known, Row) and len(target.elts) == 2:
            self.assign(target.elts[0], value.known.key)
            self.assign(target.elts[1], value.known.value)
        elif isinstance(target, ast.Tuple | ast.List):
            items = self.items(value)
            for part in target.elts:
                if isinstance(part, ast.Starred):
                    self.assign(part.value, self.fresh(part, [list], items))
                else:
                    self.assign(part, items)
        elif isinstance(target, ast.Subscript):
            self.assign_item(target, value)
        elif isinstance(target, ast.Attribute):
            self.assign_attribute(self.eval(target.value), target.attr, value)
        else:
            raise Impure

    def assign_attribute(self, owner: Value, name: str, value: Value) -> None:
        """`self.x = value` of an instance or function that is made right here."""
        if isinstance(owner.known, Local):
            # Nothing of what it bears is read: that is refused.
            return
        if not owner.cells or not all(cell.fresh for cell in owner.cells) or not self.kinds(owner):
            raise Impure
        for kind in self.kinds(owner):
            held = static_attribute(kind, name)
            slot = type(held) is types.MemberDescriptorType
            if kind not in self.constructed_here or (
                not slot and static_attribute(type(held), "__set__") is not NOTHING
            ):
                raise Impure
        for cell in owner.cells:
            self.grow(cell, value)

    def assign_item(self, target: ast.Subscript, value: Value) -> None:
        owner, index = self.eval(target.value), self.eval(target.slice)
        self.require(index)
        for kind in self.kinds(owner):
            if kind not in self.library.data:  # those that cannot store raise
                raise Impure
        if not all(cell.fresh for cell in owner.cells) or (not owner.cells and owner.types):
            raise Impure
        stored = [value, index]
        if slice in self.kinds(index):
            stored.append(self.items(value))
        for cell in owner.cells:
            self.grow(cell, join(*stored))
