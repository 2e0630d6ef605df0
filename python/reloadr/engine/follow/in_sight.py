"""Statements that read a place by a name of their own for its owner: what they go through has it among others.

conf.rate = 0.1                    # edited
RATES = {key: each.rate for key, each in BOXES.items()}      # reads it where `conf` is one of them
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.worlds import old_world
from reloadr.engine.follow.pointing import Sight
from reloadr.source.evaluating import as_text
from reloadr.source.statements import parse_statements
from reloadr.stage.steps import MISSING

__all__ = ["in_sight"]

_GOING_THROUGH = (ast.comprehension, ast.For)


def in_sight(batch: Batch, place: Place, below: Callable[[Work, Node], bool]) -> Iterator[tuple[Work, Node]]:
    """Those that may see the place after a line stored in it."""
    key = place.key
    if not isinstance(key, str):
        return
    for tracked in batch.works.mentioning([key]):
        work = batch.works.of(tracked)
        for node in work.outline.roots():
            if node.name or key not in node.segment or not below(work, node):
                continue
            tree = parse_statements(node.segment if node.kind == "for" else as_text(node))
            if tree is not None and any(isinstance(each, _GOING_THROUGH) for each in ast.walk(tree)):
                if _reads(batch, work, node, tree, place):
                    yield work, node


def _reads(batch: Batch, work: Work, node: Node, tree: ast.Module, place: Place) -> bool:
    world = old_world(batch.worlds, work, node)
    sight = Sight(lambda name: world.get(name, MISSING))
    # It learns what the names of loops stand for.
    list(sight.uses(tree))
    for each in ast.walk(tree):
        if isinstance(each, (ast.Attribute, ast.Subscript)) and isinstance(each.ctx, ast.Load):
            if isinstance(each, ast.Attribute):
                fits = not place.item and each.attr == place.key
            else:
                fits = place.item and (not isinstance(each.slice, ast.Constant) or each.slice.value == place.key)
            if fits and any(owner is place.owner for owner in sight.of(each.value)):
                return True
    return False
