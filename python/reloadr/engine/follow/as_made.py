"""Whether what a line made is what it makes now: then whoever holds it has what a fresh process has.

THEME = Theme(RED)                 # a method that `Theme()` calls was edited, and gives what it gave
"""

from __future__ import annotations

from reloadr._core import Node, facts
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.worlds import evaluate_new, is_pure, new_world
from reloadr.engine.follow.as_of import as_of
from reloadr.judge.same import made_alike
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING

__all__ = ["is_as_made"]


def is_as_made(batch: Batch, work: Work, node: Node) -> bool:
    """Whether an assignment, computed once more with nobody noticing, gives what its name holds. To be asked where the
    value may not be exchanged: something beside names holds it."""
    value = value_of(node)
    if value is None or len(node.binds) != 1 or facts(node).augments:
        return False
    held = batch.worlds.space_of(work, node).get(node.binds[0])
    with as_of(batch, work, node):
        if held is MISSING or not is_pure(batch.works, value, new_world(batch.worlds, work, node)):
            return False
        made = evaluate_new(batch.worlds, work, node, value)
    return made is not MISSING and made_alike(held, made)
