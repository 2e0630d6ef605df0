"""Statements that run again because a plug-in says that they may; and what reads attributes that no source shows."""

from __future__ import annotations

import ast

from reloadr._core import Node
from reloadr.engine.batch import Batch
from reloadr.engine.follow import values
from reloadr.engine.follow.readers import watched
from reloadr.source.statements import parse_statements

__all__ = ["read_elsewhere", "run_binders"]


def run_binders(batch: Batch, module: str, name: str) -> bool:
    """Runs what binds a name of a module again, and what builds its value up, in the order of the source.

    router = Router()                  # run(module, "router")
    router.register("books", Books)
    """
    tracked = watched(batch.works, module)
    if tracked is None:
        return False
    work = batch.works.of(tracked)
    binders = [node for node in work.outline.binders({name}, "") if not node.guards]
    lines = {node.line for node in binders}
    built = [
        node
        for node in work.outline.readers({name})
        if not node.scopes and not node.guards and node.line not in lines and _calls_method(node, name)
    ]
    # What they call is not known, nor what that reads.
    batch.flush()
    ran = False
    first = None
    for node in sorted([*binders, *built], key=lambda each: each.line):
        if values.live(batch, work, node):
            if first is None and batch.agenda.has_run(tracked, node):
                # It was made by this batch, with what followed it.
                return True
            first = node
            if values.run_again(batch, work, node):
                batch.findings.change(
                    "recompute", tracked, name if node.binds else "", node.line, f"{name}, as its plug-in says"
                )
                ran = True
    return ran


def _calls_method(node: Node, name: str) -> bool:
    """Whether a statement is a call of a method of what a name means: `router.register(...)`."""
    tree = None if node.binds or node.name else parse_statements(node.segment)
    if tree is None:
        return False
    for statement in tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if isinstance(call.func.value, ast.Name) and call.func.value.id == name:
                return True
    return False


def read_elsewhere(batch: Batch, holder: object, name: str) -> None:
    """Follows up what reads an attribute of an object while modules are loaded, however they call the object."""
    for tracked in batch.works.mentioning([name]):
        work = batch.works.of(tracked)
        local = {f"{each}.{name}" for each, value in list(tracked.namespace.items()) if value is holder}
        for node in list(work.outline.readers(local)) if local else ():
            values.reader(batch, work, node, local & set(node.reads), min(local))
