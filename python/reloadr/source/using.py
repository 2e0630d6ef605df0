"""Whether a text uses methods: by their names, or by the operators and functions that stand for them.

c.total()                          # uses `total`
a < b; len(c); for x in c: ...     # use `__lt__`, `__len__`, `__iter__`, of whatever these are
"""

from __future__ import annotations

import ast

from reloadr._core import Node
from reloadr.source.statements import decorator_name, written

_OPERATING = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Subscript,
    ast.FormattedValue,
    ast.comprehension,
    ast.For,
    ast.With,
)
#: Functions that ask an object through a special method.
_ASKING = frozenset({"abs", "all", "any", "bool", "dict", "divmod", "float", "format", "hash", "int", "iter"}) | {
    *("len", "list", "max", "min", "next", "print", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple")
}


def uses(tree: ast.AST, names: set[str]) -> bool:
    """Whether methods of these names may run: by name, or special ones without it."""
    special = any(name.startswith("__") and name.endswith("__") for name in names)
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and each.attr in names:
            return True
        if special and (isinstance(each, _OPERATING) or (isinstance(each, ast.Call) and written(each.func) in _ASKING)):
            return True
    return False


__all__ = ["uses"]


def dispatchers(node: Node) -> set[str]:
    """The functions by which a definition is called that registers with them: `show` of `@show.register`."""
    names = [decorator_name(part) for part in node.decorators]
    return {name.removesuffix(".register") for name in names if name.count(".") == 1 and name.endswith(".register")}
