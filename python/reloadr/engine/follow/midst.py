"""Statements that the module's own code is in the midst of, and lines of a block above: what they have read is old.

TABLE = load()                     # edited while `serve` runs
serve(TABLE)                       # has read the old one: named. In a loop, the next turn reads anew
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from types import FrameType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.derivation import Derivation
from reloadr.live import locate
from reloadr.report.caveats import RL206
from reloadr.source.snippets import quoted
from reloadr.source.statements import parse_statements

_LOOPS = ("for", "while")


def told(following: Derivation, work: Work, node: Node, source: str) -> None:
    """Names a statement that runs right now and has read what changed, and what it computed from that."""
    if not has_read(following, work, node):
        return
    for name in node.binds:
        following.stale(work, node, name, source)
    if not node.binds:
        following.batch.findings.reason(RL206(name=quoted(node), source=source), work.tracked, node.qualname, node.line)


def told_of_call(following: Derivation, call: Call) -> None:
    """The same for one that has called what changed, and been given something by it."""
    tree = parse_statements(call.node.segment)
    if tree is None or not has_read(following, call.work, call.node):
        return
    over = {name for name in _given_by(tree) & call.names if _is_over(call.work, name)}
    if over:
        told(following, call.work, call.node, ", ".join(sorted(over)))


def has_read(following: Derivation, work: Work, node: Node) -> bool:
    """Whether a line, or the header of a block, has been read and is not come by again."""
    at_work = following.walk(work).liveness.at_work
    if at_work is None or node.scopes or node.name or node.line > at_work.new or node.kind == "while":
        return False
    return not any(block.kind in _LOOPS for block, _ in node.guards)


def _given_by(tree: ast.Module) -> set[str]:
    """The functions that are called on the way to the last call of a statement."""
    last = [each.value for each in tree.body if isinstance(each, (ast.Expr, ast.Assign, ast.AnnAssign))]
    return {
        ast.unparse(each.func)
        for tree_ in last
        for each in (ast.walk(tree_) if tree_ is not None else ())
        if isinstance(each, ast.Call) and each is not tree_
    }


def _is_over(work: Work, name: str) -> bool:
    """Whether a call of a function is over: nothing of it runs, nor can it be a task."""
    functions = [found.function for found in locate.unwrap(work.space.get(name))]
    running = {(frame.f_code.co_filename, frame.f_code.co_qualname) for frame in _frames()}
    return bool(functions) and not any(
        inspect.iscoroutinefunction(each)
        or inspect.isgeneratorfunction(each)
        or inspect.isasyncgenfunction(each)
        or (each.__code__.co_filename, each.__code__.co_qualname) in running
        for each in functions
    )


def _frames() -> Iterator[FrameType]:
    for top in sys._current_frames().values():
        frame: FrameType | None = top
        while frame is not None:
            yield frame
            frame = frame.f_back


__all__ = ["has_read", "told", "told_of_call"]
