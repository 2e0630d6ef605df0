"""Which statements change an object that a name means: `T.append(x)`, `T[k] = v`, `del T[k]`, `T += [x]`."""

from __future__ import annotations

import ast
from typing import NamedTuple

from reloadr._core import FILLING, Node, facts
from reloadr.source.statements import BLOCKS, SUITES, written


def fills(node: Node, name: str) -> bool:
    """Whether a statement that binds nothing, or a loop, changes the object that a name means."""
    if (node.kind == "assignment" and node.binds) or node.name or (name not in node.reads and node.kind not in SUITES):
        return False
    return name in facts(node).fills


def built_upon(node: Node, name: str) -> bool:
    """Whether a statement changes the object that a name means, also by `name += ...`."""
    return fills(node, name) or (node.kind == "assignment" and name in node.binds and name in node.reads)


def filled(node: Node) -> set[str]:
    """The names whose objects a statement changes, or the statements of a block do."""
    found = {name for name in node.reads if fills(node, name)} if node.kind not in BLOCKS else set[str]()
    for _, _, suite in node.branches:
        for each in suite:
            found |= filled(each)
    return found


def written_in(tree: ast.AST, *, more: bool = False) -> set[str]:
    """The names that lead to what code changes as it runs: `T` of `T.rows.append(x)`, `T[k] = v`, `T.n += 1`, and
    global names that it binds; `more`: of what grows each time it runs alone."""
    found: set[str] = set()
    for each in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(each, ast.Global):
            found.update(each.names)
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            targets += [each.func.value] if each.func.attr in (_GROWING if more else FILLING) else []
        elif isinstance(each, ast.AugAssign) and not isinstance(each.target, ast.Name):
            targets.append(each.target)
        elif isinstance(each, (ast.Subscript, ast.Attribute)) and not isinstance(each.ctx, ast.Load) and not more:
            targets.append(each.value)
        found |= {root for target in targets if (root := root_of(target)) is not None}
    return found


class Says(NamedTuple):
    """What the text of a function says of what it changes as it runs."""

    #: See `written_in`.
    writes: frozenset[str] = frozenset()
    #: Of that, what grows each time it runs alone.
    grows: frozenset[str] = frozenset()
    #: Attributes that it adds to, with what they are of: a constant aside, which counts what was made.
    sums: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, tree: ast.AST) -> Says:
        """What a function says."""
        adding = [each for each in ast.walk(tree) if isinstance(each, ast.AugAssign)]
        sums = tuple(
            (written(each.target.value), each.target.attr)
            for each in adding
            if isinstance(each.target, ast.Attribute) and not isinstance(each.value, ast.Constant)
        )
        return cls(frozenset(written_in(tree)), frozenset(written_in(tree, more=True)), sums)


#: Methods that change their object once more each time.
_GROWING = frozenset({"append", "appendleft", "extend", "extendleft", "insert", "pop", "popitem", "popleft"})


def root_of(expression: ast.expr) -> str | None:
    """The name that an expression begins with: `app` for `app.config["x"]`; None if it begins otherwise."""
    while isinstance(expression, (ast.Attribute, ast.Subscript)):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else None


__all__ = ["Says", "built_upon", "filled", "fills", "root_of", "written_in"]
