"""What of a statement is evaluated where it stands, and what its operators ask."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from reloadr._core import Node
from reloadr.source.statements import decorator_name, parse_statements

__all__ = ["as_text", "as_tree", "operands", "parts", "run_in_place"]


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


def run_in_place(node: Node) -> list[tuple[str, set[str]]]:
    """What a statement, the headers of a block, or the header of a definition evaluates where it stands; each with the
    name of the decorator that it is, if it is one."""
    if not node.name:
        return [(as_text(node), set())]
    parts = [*(part for _, part in node.bases), *(default for *_, default in node.params)]
    found = [(part.source.strip().lstrip("@"), {decorator_name(part)}) for part in node.decorators]
    return found + [(part.source, set()) for part in parts if part is not None]


def operands(tree: ast.AST) -> list[ast.expr]:
    """What an operator, or a statement that calls special methods, asks."""
    asked = _OPERANDS.get(type(tree))
    return [] if asked is None else asked(tree)


def parts(tree: ast.AST) -> list[ast.AST]:
    """A tree and all that is in it, as `ast.walk` goes through them, in a third of the time: but for what has no parts,
    such as the signs of operators."""
    found = [tree]
    for each in found:
        for name in each._fields:
            held = getattr(each, name, None)
            if isinstance(held, list):
                found += [part for part in held if isinstance(part, ast.AST) and part._fields]
            elif isinstance(held, ast.AST) and held._fields:
                found.append(held)
    return found


def _unpacked(tree: ast.Assign) -> list[ast.expr]:
    return [tree.value] if any(isinstance(each, (ast.Tuple, ast.List)) for each in tree.targets) else []


#: Of each kind of expression or statement that asks something: what.
_OPERANDS: Mapping[type[ast.AST], Callable[[Any], list[ast.expr]]] = {
    ast.BinOp: lambda tree: [tree.left, tree.right],
    ast.Compare: lambda tree: [tree.left, *tree.comparators],
    ast.UnaryOp: lambda tree: [tree.operand],
    **dict.fromkeys((ast.Subscript, ast.FormattedValue, ast.Starred), lambda tree: [tree.value]),
    **dict.fromkeys((ast.comprehension, ast.For), lambda tree: [tree.iter]),
    ast.withitem: lambda tree: [tree.context_expr],
    ast.Assign: _unpacked,
}
