"""Unchanged lines of a `try` that raise as they follow: then its handlers decide, as in a fresh process.

K = 0                              # was 1
try: Q = 5 // K                    # raises now
except ZeroDivisionError: Q = 7    # so `Q` is 7
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import new_world, node_is_pure
from reloadr.engine.follow.derivation import Derivation
from reloadr.report.caveats import RL216
from reloadr.report.findings import Rejected
from reloadr.source.snippets import quoted
from reloadr.source.statements import parse_statements, scope_of
from reloadr.stage.steps import MISSING


def meant(following: Derivation, work: Work, node: Node, rejected: Rejected, source: str) -> bool:
    """Runs the whole `try` that means a line to raise, or names it where that could be noticed; False for any other
    line."""
    block = guarding(node)
    if block is None or not isinstance(rejected.error, Exception) or isinstance(rejected.error, SyntaxError):
        return False
    batch, lines = following.batch, list(_lines(block))
    if block.scopes or not all(_is_harmless(following, work, each) for each in lines):
        for name in list(block.binds) or [block.qualname]:
            batch.findings.reason(RL216(name=quoted(block), source=source), work.tracked, name, block.line)
        return True
    bound = run(batch, work, block)
    for each in lines:
        batch.agenda.note_run(work.tracked, each)
    outside = following.walk(work).liveness.live_binders
    for name in set(block.binds) - bound.keys():
        if name in work.space.live and all(each in lines for each in outside(name, scope_of(block))):
            batch.stage.set(work.space, name, MISSING)
    for name in block.binds:
        batch.findings.change("recompute", work.tracked, name, block.line, f"from {source}")
    return True


def raises(batch: Batch, work: Work, node: Node) -> bool:
    """Whether a line does nothing now but raise a NameError, or only names something: what it begins with is a name
    that nothing has."""
    tree = parse_statements(node.segment)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], (ast.Assign, ast.Expr)):
        return False
    first: ast.expr = tree.body[0].value
    if isinstance(first, ast.Name) and isinstance(tree.body[0], ast.Expr):
        return True
    while not isinstance(first, ast.Name):
        inner = first.func if isinstance(first, ast.Call) else getattr(first, "value", getattr(first, "left", None))
        if not isinstance(inner, ast.expr):
            return False
        first = inner
    return first.id not in new_world(batch.worlds, work, node) and not hasattr(builtins, first.id)


def gone(following: Derivation, work: Work, node: Node, source: str) -> bool:
    """Names what a `try` bound whose line begins with a name that went; False for any other line."""
    block = guarding(node)
    if block is None or not raises(following.batch, work, node):
        return False
    for name in list(block.binds) or [block.qualname]:
        kind = RL216(name=quoted(block), source=source)
        following.batch.findings.reason(kind, work.tracked, name, block.line)
    return True


def guarding(node: Node) -> Node | None:
    """The `try` whose handlers catch what a line raises."""
    for block, branch in node.guards:
        if block.kind == "try" and branch == 0 and any(label == "except" for label, _, _ in block.branches):
            return block
    return None


def _lines(block: Node) -> Iterator[Node]:
    for _, _, suite in block.branches:
        for each in suite:
            yield each
            yield from _lines(each)


def _is_harmless(following: Derivation, work: Work, node: Node) -> bool:
    if node.kind in ("import", "from", "pass"):
        return True
    return node.kind == "assignment" and bool(node.binds) and node_is_pure(following.batch.worlds, work, node)


__all__ = ["gone", "guarding", "meant", "raises"]
