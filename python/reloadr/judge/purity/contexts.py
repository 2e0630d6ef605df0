"""Context managers of the library that leave nothing behind.

with localcontext() as ctx:        # the context is a copy, and the old one is back afterwards
    ctx.prec = 3
"""

from __future__ import annotations

import ast
import sys

from reloadr.judge.purity.expressions import Expressions
from reloadr.judge.purity.values import Impure, Value, of
from reloadr.live.kinds import is_a


class Contexts(Expressions):
    """The part of the walk that enters context managers."""

    def entered(self, node: ast.expr) -> Value:
        """What a context manager gives to its suite; refused unless it is known to put back what it changes."""
        if not isinstance(node, ast.Call):
            raise Impure
        target = self.eval(node.func).known
        kind, found = self.library.functions.get(id(target), ("", None))
        if found is not target or kind != "context":
            raise Impure
        for value in [self.eval(each) for each in node.args] + [self.eval(each.value) for each in node.keywords]:
            if not is_a(value.known, type):
                self.require(value, data=True)
        name = getattr(target, "__name__", "")
        self.guarding += name == "catch_warnings"
        if name == "localcontext":
            return self.fresh(node, [sys.modules["decimal"].Context], slot="context")
        return of(type(None)) if name in ("suppress", "errstate") else self.nothing_known()

    def nothing_known(self) -> Value:
        """A value that may be handed on, and that nothing is asked of."""
        return self.anything

    def assign(self, target: ast.expr, value: Value) -> None:
        """Assigns to a target, as anywhere; attributes of what the context itself has made are allowed as well."""
        if isinstance(target, ast.Attribute):
            owner = self.eval(target.value)
            names = {(kind.__module__, kind.__name__) for kind in owner.types or ()}
            if names == {("decimal", "Context")} and all(cell.fresh for cell in owner.cells):
                self.require(value, data=True)
                return
        super().assign(target, value)


__all__ = ["Contexts"]
