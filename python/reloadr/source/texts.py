"""Names in texts that a statement has evaluated: `eval("RATE * 2")`, `exec("LIMIT = RATE + 1")`.

PRICE = eval("RATE * 2")           # reads `RATE`, where no name of the statement says so
"""

from __future__ import annotations

import ast
import functools
import re

from reloadr._core import Node
from reloadr.source.statements import parse_statements, written

_WORD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_EVALUATING = frozenset({"eval", "exec"})
EVALUATING = ("eval(", "exec(")
"""How the source of a module that may do so mentions it."""


def named_in_texts(node: Node) -> frozenset[str]:
    """The words of such texts, dotted ones with what they begin with; not of one that gets names of its own."""
    if node.name or not any(each in node.segment for each in EVALUATING):
        return frozenset()
    return _named(node.segment)


@functools.lru_cache(maxsize=256)
def _named(segment: str) -> frozenset[str]:
    tree = parse_statements(segment)
    found: set[str] = set()
    for each in ast.walk(tree) if tree is not None else ():
        if isinstance(each, ast.Call) and written(each.func) in _EVALUATING and each.args:
            own = len(each.args) > 1 and written(each.args[1]) != "globals()"
            text = each.args[0]
            if not own and isinstance(text, ast.Constant) and isinstance(text.value, str):
                for word in _WORD.findall(text.value):
                    parts = word.split(".")
                    found |= {".".join(parts[: at + 1]) for at in range(len(parts))}
    return frozenset(found)


__all__ = ["EVALUATING", "named_in_texts"]
