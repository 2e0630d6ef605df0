"""Statements of functions whose source is looked into."""

from __future__ import annotations

import ast
import functools
import sys
import types

from reloadr.judge.library import MUTABLE
from reloadr.judge.purity.attributes import Attributes
from reloadr.judge.purity.classes import Classes
from reloadr.judge.purity.contexts import Contexts
from reloadr.judge.purity.expressions import Expressions
from reloadr.judge.purity.functions import Functions
from reloadr.judge.purity.scopes import Env, parameters
from reloadr.judge.purity.values import ANY, NEVER, NONE, Arguments, Impure, join
from reloadr.live.kinds import is_a


class Statements(Contexts, Expressions, Attributes, Classes, Functions):
    """The part of the walk that executes statements, and follows what the names of a scope hold at each."""

    # -- state

    def branches(self, *bodies: list[ast.stmt]) -> bool:
        """Walk each body from here; the state after is the join of those that reach their end."""
        start = self.env
        ends: list[Env] = []
        for body in bodies:
            self.env = dict(start)
            if self.block(body):
                ends.append(self.env)
        if not ends:
            self.env = start
            return False
        names = set().union(*ends)
        # A name that one way does not assign is unbound there, and reading it raises.
        self.env = {name: join(*(end[name] for end in ends if name in end)) for name in names}
        return True

    def forget(self, *nodes: ast.AST) -> None:
        """Around code that may stop or repeat anywhere: the names it assigns hold any of their values."""
        for node in nodes:
            for found in ast.walk(node):
                name = getattr(found, "asname", None) or getattr(found, "id", getattr(found, "name", None))
                if isinstance(name, str) and name in self.env and name in self.scope.names:
                    self.env[name] = self.scope.names[name].inner
                elif isinstance(name, str) and name in self.scope.names:
                    self.env.pop(name, None)

    # -- simple statements

    def exec_Pass(self, node: ast.stmt) -> None:
        return None

    def exec_Break(self, node: ast.stmt) -> bool:
        return False

    exec_Continue = exec_Break

    def exec_Expr(self, node: ast.Expr) -> None:
        self.eval(node.value)

    def exec_Return(self, node: ast.Return) -> bool:
        self.grow(self.scope.result, NONE if node.value is None else self.eval(node.value))
        return False

    def exec_Raise(self, node: ast.Raise) -> bool:
        for part in (node.exc, node.cause):
            value = None if part is None else self.eval(part)
            if value is not None and is_a(value.known, type):
                self.construct(value.known, Arguments([]), node)
        return False

    def exec_Assert(self, node: ast.Assert) -> None:
        self.truth(self.eval(node.test))
        if node.msg is not None:
            self.eval(node.msg)

    def exec_Assign(self, node: ast.Assign) -> None:
        value = self.eval(node.value)
        for target in node.targets:
            self.assign(target, value)

    def exec_AnnAssign(self, node: ast.AnnAssign) -> None:
        # Annotations of local variables are not evaluated.
        if node.value is not None:
            self.assign(node.target, self.eval(node.value))

    def exec_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Attribute):
            raise Impure
        read = ast.Name(node.target.id, ast.Load()) if isinstance(node.target, ast.Name) else node.target
        old = self.eval(read)
        value = self.eval(node.value)
        names = {self.library.data.get(kind) for kind in self.kinds(old)}
        changed = [cell for cell in old.cells if names & MUTABLE]
        if not all(cell.fresh for cell in changed):
            raise Impure
        result = self.binary(old, value, node)
        for cell in changed:  # `x += y` changes a list where it is
            self.grow(cell, join(self.soft_items(value), *(c.inner for c in value.cells)))
        self.assign(node.target, join(old, result) if changed else result)

    def exec_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.env.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                self.assign_item(target, NEVER)
            else:
                raise Impure

    # -- compound statements

    def exec_If(self, node: ast.If) -> bool:
        self.truth(self.eval(node.test))
        return self.branches(node.body, node.orelse)

    def exec_While(self, node: ast.While) -> bool:
        self.forget(node)
        self.truth(self.eval(node.test))
        self.branches(node.body, node.orelse, [])
        self.forget(node)
        return True

    def exec_For(self, node: ast.For) -> bool:
        items = self.items(self.eval(node.iter))
        self.forget(node)
        start = self.env
        self.env = dict(start)
        self.assign(node.target, items)
        self.block(node.body)
        self.env = start
        self.branches(node.orelse, [])
        self.forget(node)
        return True

    def exec_With(self, node: ast.With) -> bool:
        guarding = self.guarding
        for item in node.items:
            entered = self.entered(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
        self.block(node.body)
        self.guarding = guarding
        # It may have been left anywhere, by an exception that goes no further.
        self.forget(*node.body)
        return True

    def exec_Try(self, node: ast.Try) -> bool:
        start = dict(self.env)
        reached = self.block([*node.body, *node.orelse])
        ends = [self.env] if reached else []
        for handler in node.handlers:
            self.env = dict(start)
            self.forget(*node.body)
            if handler.type is not None:
                self.exception_types(handler.type)
            if handler.name:
                self.store(handler.name, ANY)
            if self.block(handler.body):
                ends.append(self.env)
        self.env = dict(start)
        for end in ends:
            for name, value in end.items():
                self.env[name] = join(self.env.get(name, NEVER), value)
        self.forget(*node.body, *node.orelse, *node.handlers)
        return self.block(node.finalbody) and bool(ends)

    def exception_types(self, node: ast.expr) -> None:
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            known = self.eval(part).known
            classes = known if is_a(known, tuple) else (known,)
            if not all(is_a(cls, type) for cls in classes):
                raise Impure

    def exec_FunctionDef(self, node: ast.FunctionDef) -> None:
        if getattr(node, "type_params", None) or not all(map(self.copies_names, node.decorator_list)):
            raise Impure
        value = self.make_function(node)
        postponed = sys.version_info >= (3, 14)
        for part in [node.returns, *(a.annotation for a in parameters(node.args))]:
            if part is not None and not postponed:
                self.eval(part)
        self.store(node.name, value)

    def copies_names(self, node: ast.expr) -> bool:
        """Whether a decorator does no more than to give a function the names of another: `@functools.wraps(f)`."""
        if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
            return False
        self.eval(node.args[0])
        return self.eval(node.func).known is functools.wraps

    # -- imports

    def exec_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = self.loaded(alias.name)
            if alias.asname is None:
                module = self.loaded(alias.name.partition(".")[0])
            self.store(alias.asname or alias.name.partition(".")[0], self.live_value(module))

    def exec_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            package = self.scope.globals.get("__package__")
            if not isinstance(package, str) or not package:
                raise Impure
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            name = ".".join([*parts, node.module] if node.module else parts)
        else:
            name = node.module or ""
        module = self.live_value(self.loaded(name))
        for alias in node.names:
            self.store(alias.asname or alias.name, self.attribute(module, alias.name))

    def loaded(self, name: str) -> types.ModuleType:
        """A module whose import does nothing since it, and all it is in, is there already."""
        parts = name.split(".")
        if any(".".join(parts[:n]) not in sys.modules for n in range(1, len(parts))):
            raise Impure
        module = sys.modules.get(name)
        if type(module) is not types.ModuleType:
            raise Impure
        return module
