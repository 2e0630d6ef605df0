"""Whether what a line made is what it makes now: then whoever holds it has what a fresh process has.

THEME = Theme(RED)                 # a method that `Theme()` calls was edited, and gives what it gave
"""

from __future__ import annotations

import ast

from reloadr._core import Node, facts
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.evaluate.worlds import evaluate_new, is_pure, new_world
from reloadr.engine.follow.as_of import as_of
from reloadr.judge.same import made_alike
from reloadr.source import asking
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING

__all__ = ["is_as_made"]


def _sees_below(batch: Batch, work: Work, node: Node, value: ast.expr) -> bool:
    """Whether what a line computes may read what lines below it bind, which were not there as it ran."""
    code = compile(ast.Expression(value), work.tracked.filename, "eval", dont_inherit=True)
    names = called_by(batch.works, batch.stage, code, work.tracked.namespace).names | set(node.reads)
    below = (each.line >= node.line and each != node for each in work.outline.binders(names, ""))
    return bool(names & (asking.NAMESPACE | {"__dict__"})) or any(below)


def is_as_made(batch: Batch, work: Work, node: Node) -> bool:
    """Whether an assignment, computed once more with nobody noticing, gives what its name holds. To be asked where the
    value may not be exchanged: something beside names holds it."""
    value = value_of(node)
    if value is None or len(node.binds) != 1 or facts(node).augments or _sees_below(batch, work, node, value):
        return False
    held = batch.worlds.space_of(work, node).get(node.binds[0])
    with as_of(batch, work, node):
        if held is MISSING or not is_pure(batch.works, value, new_world(batch.worlds, work, node)):
            return False
        made = evaluate_new(batch.worlds, work, node, value)
    return made is not MISSING and made_alike(held, made)
