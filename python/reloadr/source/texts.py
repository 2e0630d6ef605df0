"""Names in texts that a statement has evaluated: `eval("RATE * 2")`, `exec("LIMIT = RATE + 1")`.

PRICE = eval("RATE * 2")           # reads `RATE`, where no name of the statement says so
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Mapping

from reloadr._core import Node
from reloadr.source.statements import parse_statements, written

_WORD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_EVALUATING = frozenset({"eval", "exec"})
#: What gives a text of texts.
_METHODS = frozenset({"format", "strip", "lstrip", "rstrip", "join", "replace", "removeprefix", "removesuffix"})
EVALUATING = ("eval(", "exec(")
"""How the source of a module that may do so mentions it."""


def in_texts(node: Node, namespace: Mapping[str, object], names: Collection[str]) -> set[str]:
    """Of some names, those that such texts may read: all, where a text is put together of more than texts that the
    namespace of the module has; none, where it gets names of its own.

    SIGN = "+ 1"
    PRICE = eval("RATE" + SIGN)        # reads `RATE`
    exec(open("more.py").read())       # may read anything
    """
    if node.name or not any(each in node.segment for each in EVALUATING):
        return set()
    found: set[str] = set()
    for tree in _evaluated(node.segment):
        text = _text(tree, namespace)
        if text is None:
            return set(names)
        for word in _WORD.findall(text):
            parts = word.split(".")
            found |= {".".join(parts[: at + 1]) for at in range(len(parts))}
    return found.intersection(names)


@functools.lru_cache(maxsize=256)
def _evaluated(segment: str) -> tuple[ast.expr, ...]:
    """What a statement has evaluated, as it is given."""
    tree = parse_statements(segment)
    return tuple(
        each.args[0]
        for each in (ast.walk(tree) if tree is not None else ())
        if isinstance(each, ast.Call) and written(each.func) in _EVALUATING and each.args
        if len(each.args) == 1 or written(each.args[1]) == "globals()"
    )


def _text(tree: ast.expr, names: Mapping[str, object]) -> str | None:
    """The text that an expression gives, as far as it is made of texts; None of others."""
    if isinstance(tree, ast.Constant):
        return str(tree.value)
    if isinstance(tree, ast.Name):
        value = names.get(tree.id)
        return str(value) if type(value) in (str, int, float) else None
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Mod)):
        parts = [tree.left, *(tree.right.elts if isinstance(tree.right, ast.Tuple) else [tree.right])]
    elif isinstance(tree, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in tree.values]
    elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and not tree.keywords:
        parts = [tree.func.value, *tree.args] if tree.func.attr in _METHODS else []
    elif isinstance(tree, ast.Call) and written(tree.func) in ("compile", "str", "dedent", "textwrap.dedent"):
        parts = tree.args[:1]
    else:
        parts = []
    texts = [_text(each, names) for each in parts]
    joined = isinstance(tree, ast.JoinedStr) or (isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add))
    # Elsewhere no word goes on from one into the next.
    between = "" if joined else " "
    return between.join(each or "" for each in texts) if texts and None not in texts else None


def bound_again(old: Node, new: Node, namespace: Mapping[str, object]) -> bool:
    """Whether all that the text of one statement does is to bind names that the text of another binds there as well.

    exec("size = 1", SPACE)
    exec("size = 2", SPACE)            # what the first one did is gone
    """
    first, second = _executed(old, namespace), _executed(new, namespace)
    return first is not None and second is not None and first[0] == second[0] and first[1] <= second[1]


def _executed(node: Node, namespace: Mapping[str, object]) -> tuple[str, set[str]] | None:
    """Where a statement has a text executed, and the names that this binds; None where it does anything else."""
    tree = parse_statements(node.segment) if not node.name and "exec(" in node.segment else None
    call = (
        tree.body[0].value if tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    )
    if not isinstance(call, ast.Call) or written(call.func) != "exec" or len(call.args) != 2:
        return None
    text = _text(call.args[0], namespace)
    inner = parse_statements(text) if text is not None else None
    if inner is None or not all(isinstance(each, ast.Assign) for each in inner.body):
        return None
    nodes = list(ast.walk(inner))
    if any(isinstance(each, (ast.Call, ast.Attribute, ast.Subscript, ast.NamedExpr, ast.Starred)) for each in nodes):
        return None
    return written(call.args[1]), {each.id for each in nodes if isinstance(each, ast.Name) and not _is_read(each)}


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


__all__ = ["EVALUATING", "bound_again", "in_texts"]
