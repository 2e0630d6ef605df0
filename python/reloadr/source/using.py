"""Whether a text uses methods: by their names, or by the operators and functions that stand for them.

c.total()                          # uses `total`
a < b; len(c); for x in c: ...     # use `__lt__`, `__len__`, `__iter__`, of whatever these are
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from reloadr._core import Node, calls
from reloadr.source.statements import decorator_name, written

#: Built-in functions that call a function which they are given; the core knows them as well.
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


def uses(tree: ast.AST, names: set[str], classes: Collection[str] = ()) -> bool:
    """Whether methods of these names may run: by name, or special ones without it. `classes`: names that mean the
    class itself, which is subscripted by a method of its own."""
    special, truth = any(map(is_special, names)), bool(names & {"__bool__", "__len__"})
    compared = bool(names & {"__hash__", "__eq__"})
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute) and each.attr in names:
            return True
        if isinstance(each, ast.Call) and _asked_by_name(each, names):
            return True
        if isinstance(each, ast.Subscript) and written(each.value) in classes:
            if "__class_getitem__" in names:
                return True
            continue
        if truth and isinstance(each, (ast.BoolOp, ast.IfExp)):
            return True
        if compared and isinstance(each, (ast.Set, ast.SetComp, ast.Dict, ast.DictComp)):
            return True
        if special and isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            # A method of a container may compare what is in it: `[a, b].index(c)`.
            if isinstance(each.func.value, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
                return True
        if special and (isinstance(each, _OPERATING) or (isinstance(each, ast.Call) and written(each.func) in _ASKING)):
            return True
    return False


def _asked_by_name(call: ast.Call, names: set[str]) -> bool:
    """Whether a method is asked for as `getattr(c, "total")` does, or by a name that is not told there."""
    if written(call.func).rpartition(".")[2] not in ("getattr", "getattr_static") or len(call.args) < 2:
        return False
    name = call.args[1]
    return name.value in names if isinstance(name, ast.Constant) else not all(map(is_special, names))


def calls_it(tree: ast.AST, names: set[str], classes: set[str]) -> bool:
    """Whether an object of one of these names is called, or the instance that calling one of these classes makes."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Call):
            made = written(each.func.func) if isinstance(each.func, ast.Call) else written(each.func)
            is_class = made.rpartition(".")[2] in classes
            if made in names and is_class == isinstance(each.func, ast.Call):
                return True
    return False


def is_special(name: str) -> bool:
    """Whether a method may run without its name being written."""
    return name.startswith("__") and name.endswith("__")


def dispatchers(node: Node) -> set[str]:
    """The functions by which a definition is called that registers with them: `show` of `@show.register`."""
    names = [decorator_name(part) for part in node.decorators]
    return {name.removesuffix(".register") for name in names if name.endswith(".register")}


def calls_one(node: Node, names: Iterable[str]) -> bool:
    """Whether a statement calls one of these functions as it runs."""
    return calls_in(node.segment, names)


def calls_in(source: str, names: Iterable[str]) -> bool:
    """The same for the text of a statement or expression."""
    return calls(source, set(names))
