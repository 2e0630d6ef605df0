"""What an `__init__` gives its instances, and what of that another text of it gives otherwise."""

from __future__ import annotations

import ast
from collections import defaultdict

from reloadr._core import Node
from reloadr.source.statements import parse_statements


def given_otherwise(old: Node, new: Node) -> list[str]:
    """The attributes that both texts of a method set, from something else, and the methods of `self` that only the new
    one calls.

    self.retries = 3                   # 5 in the new text: `retries`
    self.connect()                     # new: `connect()`
    """
    before, after = _given(old), _given(new)
    attributes = [name for name, values in after.items() if before.get(name, values) != values and name[-1] != ")"]
    return sorted(attributes) + sorted(name for name in after if name[-1] == ")" and name not in before)


def _given(node: Node) -> dict[str, list[str]]:
    """By attribute: what is stored there. By method of `self`: the statements that call it."""
    tree = parse_statements(node.segment)
    function = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    found: dict[str, list[str]] = defaultdict(list)
    if not isinstance(function, ast.FunctionDef) or not function.args.args:
        return found
    own = function.args.args[0].arg
    for each in ast.walk(function):
        if isinstance(each, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and each.value is not None:
            for target in each.targets if isinstance(each, ast.Assign) else [each.target]:
                if name := _attribute(target, own):
                    found[name].append(ast.dump(each.value))
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call):
            if name := _attribute(each.value.func, own):
                found[f"{name}()"].append(ast.dump(each.value))
    return found


def _attribute(tree: ast.expr, owner: str) -> str | None:
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name) and tree.value.id == owner:
        return tree.attr
    return None
