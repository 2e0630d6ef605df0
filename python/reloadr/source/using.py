"""Whether a text uses methods: by their names, or by the operators and functions that stand for them.

c.total()                          # uses `total`
a < b; len(c); for x in c: ...     # use `__lt__`, `__len__`, `__iter__`, of whatever these are
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from reloadr._core import Node
from reloadr.source.statements import decorator_name, parse_statements, written

#: Built-in functions that call a function which they are given.
APPLYING = frozenset({"map", "filter", "sorted", "min", "max", "reduce", "submit", "apply", "starmap"})

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


def dispatchers(node: Node) -> set[str]:
    """The functions by which a definition is called that registers with them: `show` of `@show.register`."""
    names = [decorator_name(part) for part in node.decorators]
    return {name.removesuffix(".register") for name in names if name.count(".") == 1 and name.endswith(".register")}


def calls_in(source: str, names: Iterable[str]) -> bool:
    """The same for the text of a statement or expression."""
    tree = parse_statements(source)
    return tree is not None and calls_within(tree, names)


def calls_within(tree: ast.AST, names: Iterable[str]) -> bool:
    """The same for what was parsed."""
    wanted = set(names)
    for each in _at_once(tree):
        if isinstance(each, ast.Call):
            dotted = ast.unparse(each.func)
            if dotted.rpartition(".")[2] in wanted or dotted in wanted:
                return True
            given = [*each.args, *(keyword.value for keyword in each.keywords)]
            if dotted.rpartition(".")[2] in APPLYING and any(ast.unparse(argument) in wanted for argument in given):
                return True
    return False


def _at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are evaluated as a statement runs: not the body of a lambda, unless a call is given it."""
    todo = [tree]
    while todo:
        each = todo.pop()
        yield each
        if isinstance(each, ast.Call):
            given = [*each.args, *(keyword.value for keyword in each.keywords)]
            todo += [part.body for part in [each.func, *given] if isinstance(part, ast.Lambda)]
        todo += [each.args] if isinstance(each, ast.Lambda) else ast.iter_child_nodes(each)


__all__ = ["APPLYING", "calls_in", "calls_within", "dispatchers", "uses"]
