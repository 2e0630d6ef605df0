"""What of a statement is evaluated where it stands, and what its operators ask."""

from __future__ import annotations

import ast

from reloadr._core import Node
from reloadr.source.statements import parse_statements

__all__ = ["as_text", "as_tree", "operands"]


def as_tree(node: Node) -> ast.AST | None:
    """What a statement evaluates, without the suites that it heads."""
    return parse_statements(as_text(node))


def as_text(node: Node) -> str:
    """The same as text."""
    if not node.branches:
        return node.segment
    headers = []
    for label, header, _ in node.branches:
        if header is not None and label not in ("case", "except", "except*"):
            word = {"with": "with {}: pass", "for": "for _ in ({}): pass"}.get(label, "({})")
            headers.append(word.format(header.source))
    return "\n".join(headers)


def operands(tree: ast.AST) -> list[ast.expr]:
    """What an operator, or a statement that calls special methods, asks."""
    if isinstance(tree, ast.BinOp):
        return [tree.left, tree.right]
    if isinstance(tree, ast.Compare):
        return [tree.left, *tree.comparators]
    if isinstance(tree, ast.UnaryOp):
        return [tree.operand]
    if isinstance(tree, (ast.Subscript, ast.FormattedValue, ast.Starred)):
        return [tree.value]
    if isinstance(tree, (ast.comprehension, ast.For)):
        return [tree.iter]
    if isinstance(tree, ast.withitem):
        return [tree.context_expr]
    if isinstance(tree, ast.Assign) and any(isinstance(each, (ast.Tuple, ast.List)) for each in tree.targets):
        return [tree.value]
    return []
