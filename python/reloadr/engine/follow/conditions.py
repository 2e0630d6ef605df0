"""Which suite an `if` chooses, asked before anything is live and after: what comes out as it did says nothing new.

if limit() > 2:                    # `limit` was edited, and gives 5 where it gave 4
    ...
"""

from __future__ import annotations

from dataclasses import replace

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world
from reloadr.engine.follow.call import Call
from reloadr.source.statements import is_guard, parse_expression
from reloadr.stage.steps import MISSING

__all__ = ["comes_out_as_it_did", "with_choice"]


def with_choice(worlds: Worlds, call: Call) -> Call:
    """The same, with what an `if` gives as long as the old code lives; it is asked again once the new one does."""
    came = _chosen(worlds, call.work, call.node)
    return call if came is None else replace(call, came=came, asks=True)


def comes_out_as_it_did(worlds: Worlds, call: Call) -> bool:
    """Whether the `if` that a call stands for chooses what it chose."""
    return call.came is not None and call.came == _chosen(worlds, call.work, call.node)


def _chosen(worlds: Worlds, work: Work, node: Node) -> int | None:
    """Which suite of an `if` runs, as many as it has where none does; None where it is none, or cannot be asked."""
    if node.kind != "if" or worlds.find_space(work, node) is None:
        return None
    world = new_world(worlds, work, node)
    for at, (_, header, _) in enumerate(node.branches):
        if header is None:
            return at
        tree = parse_expression(header.source)
        if tree is None or not (is_guard(tree) or is_pure(worlds.works, tree, world)):
            return None
        value = evaluate(tree, world, work.tracked.filename)
        try:
            if value is MISSING or value:
                return None if value is MISSING else at
        except Exception:
            return None
    return len(node.branches)
