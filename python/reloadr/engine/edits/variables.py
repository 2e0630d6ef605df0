"""Annotations of variables, without their values.

price: int = 1                     # before
price: float = 1                   # after: `__annotations__` follows, `price` stays what it is by now
"""

from __future__ import annotations

import ast

from reloadr._core import Node, facts
from reloadr.engine.annotations import of_scopes
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.runner import run
from reloadr.engine.follow import values
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.compiling import DEFERRED
from reloadr.source.edits import Edit, only_annotates
from reloadr.source.statements import below_scope, definitions_in, mangled
from reloadr.stage.steps import MISSING


def settle(walk: Walk) -> None:
    """Brings the annotations of a module's variables, and of its classes', in step with the new source."""
    future = walk.work.outline.future
    if set(walk.tracked.outline.future) != set(future):
        _annotate_anew(walk)
    if DEFERRED:
        of_scopes.settle(of_scopes.View(walk.batch, walk.work, walk.liveness, definitions_in))
    if not DEFERRED or "annotations" in future:
        _settle_annotations(walk)


def _settle_annotations(walk: Walk) -> None:
    """Annotations of variables: gone with their statements, in the order of the source."""
    done: set[str] = set()
    for edit in walk.work.edits:
        for node in (edit.old, edit.new):
            if node is None or node.annotates is None:
                continue
            scope = node.scopes[-1].qualname if node.scopes else ""
            if scope not in done:
                done.add(scope)
                _annotations_of(walk, node, scope)


def _annotations_of(walk: Walk, node: Node, scope: str) -> None:
    space = walk.batch.worlds.find_space(walk.work, node)
    held = space.get("__annotations__") if space is not None else None
    if space is None or not is_a(held, dict):
        return
    before, after = (
        {
            mangled(each.annotates, scope.rpartition(".")[2]): each
            for each in outline.members_of(scope)
            if each.annotates is not None and walk.liveness(each) != "dead"
        }
        for outline in (walk.tracked.outline, walk.work.outline)
    )
    names = [name for name in after if name in held]
    names += [name for name in held if name not in before and name not in after]
    if not names and scope:
        walk.batch.stage.set(space, "__annotations__", MISSING)
    elif names != list(held):
        walk.batch.stage.set(space, "__annotations__", {name: held[name] for name in names})


def _annotate_anew(walk: Walk) -> None:
    """Annotations of variables under other `from __future__` features; values are not computed again."""
    for node in walk.work.outline.nodes():
        if node.annotates is None or walk.liveness(node) == "dead":
            continue
        if any(walk.batch.agenda.has_run(walk.tracked, scope) for scope in node.scopes):
            # A class that is new, or was made anew.
            continue
        try:
            statement = ast.parse(node.source).body[0]
        except (SyntaxError, IndexError):
            continue
        if isinstance(statement, ast.AnnAssign):
            if node.scopes:
                cls = locate.class_of(walk.tracked, node.scopes[-1])
                if cls is not None and is_generated(cls):
                    values.rebuild_for(walk.batch, walk.work, node, cls)
                    continue
            text = f"{node.indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
            with walk.batch.findings.waiting(walk.tracked, node.qualname, node.line):
                run(walk.batch, walk.work, node, source=text, record=False)


def only_annotation(walk: Walk, edit: Edit, new: Node) -> bool:
    """`X = value` that got, lost or changed its annotation alone: the value stays."""
    after = facts(new).binding
    if not only_annotates(edit) or after is None:
        return False
    if walk.batch.worlds.space_of(walk.work, new).get(new.binds[0]) is MISSING:
        return False
    if after[1]:
        run(walk.batch, walk.work, new, source=f"{new.indent}{new.binds[0]}: {after[1]}", record=False)
    walk.batch.findings.change("update", walk.tracked, below_scope(new.qualname, new.binds[0]), new.line, "annotation")
    return True
