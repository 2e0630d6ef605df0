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
from reloadr.judge.operable import is_mutable_instance
from reloadr.judge.same import made_alike
from reloadr.live.codes import all_codes, names_in
from reloadr.live.kinds import is_a
from reloadr.source import asking
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING

__all__ = ["is_as_made"]


#: What goes through names, members or classes, those of lines below among them.
_LISTING = asking.NAMESPACE | asking.LISTING | asking.SUBCLASSES | asking.BY_NAME


def _has_instances(held: object) -> bool:
    """Whether a value is an instance of a class of the user's, or holds some: these cannot be exchanged where something
    else holds them."""
    some = [held]
    if is_a(held, list, tuple, dict):
        some = list(held.values() if is_a(held, dict) else held)
    return any(map(is_mutable_instance, some))


def _sees_below(batch: Batch, work: Work, node: Node, value: ast.expr) -> bool:
    """Whether what a line computes may read what lines below it bind or put into something, which was not there as it
    ran."""
    code = compile(ast.Expression(value), work.tracked.filename, "eval", dont_inherit=True)
    called = called_by(batch.works, batch.stage, code, work.tracked.namespace)
    below = (each.line >= node.line and each != node for each in work.outline.binders(called.names, ""))
    if any(below) or not called.names.isdisjoint(_LISTING):
        return True
    reading = [(code, work.tracked.namespace), *called.functions]
    read = ((space, name) for each, space in reading for name in names_in(all_codes(each)))
    return any(is_a(space.get(name), list, dict, set) for space, name in read)


def is_as_made(batch: Batch, work: Work, node: Node) -> bool:
    """Whether an assignment, computed once more with nobody noticing, gives what its name holds. To be asked where the
    value may not be exchanged: something beside names holds it."""
    value = value_of(node)
    if value is None or len(node.binds) != 1 or facts(node).augments or work.reordered:
        return False
    space = batch.worlds.find_space(work, node)
    held = MISSING if space is None else space.get(node.binds[0])
    if not _has_instances(held) or _sees_below(batch, work, node, value):
        return False
    with as_of(batch, work, node):
        if held is MISSING or not is_pure(batch.works, value, new_world(batch.worlds, work, node)):
            return False
        made = evaluate_new(batch.worlds, work, node, value)
    return made is not MISSING and made_alike(held, made)
