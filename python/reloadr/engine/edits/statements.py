"""Statements that are new or changed: they run once, where they stand."""

from __future__ import annotations

import ast
import sys
from types import FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.edits import (
    blocks,
    deletions,
    fallback,
    functions,
    lambdas,
    leftovers,
    refill,
    removals,
    stores,
    variables,
)
from reloadr.engine.edits.running import after_definition, held_back, hide_builtins, report_run
from reloadr.engine.edits.walk import Walk
from reloadr.engine.follow import noted, values
from reloadr.engine.follow.readers import home_of
from reloadr.engine.registrations import kept
from reloadr.engine.registrations.calls import call_of, registering_call, removed_call
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL217, RL226
from reloadr.report.findings import Rejected
from reloadr.report.reasons import plural
from reloadr.source.edits import Edit
from reloadr.source.filling import root_of
from reloadr.source.snippets import quoted
from reloadr.source.statements import below_scope, scope_of
from reloadr.stage.steps import MISSING


def statement(walk: Walk, edit: Edit, new: Node) -> None:
    """A new or changed statement runs, if its branch does and nothing of it can stay.

    RATE = 0.1                         # before
    RATE = 0.2                         # after: runs once, and what reads `RATE` is due
    """
    if new.kind == "pass":
        return
    if refill.refilled(walk, edit):
        report_run(walk.batch.findings, walk.tracked, new, {})
        return
    if walk.batch.agenda.has_run(walk.tracked, new):
        return
    if any(walk.batch.agenda.has_run(walk.tracked, block) for block, _ in new.guards):
        return
    if walk.liveness(new) == "dead" or held_back(walk.batch.findings, walk.liveness, new):
        return
    if new.once and edit.old is not None:
        walk.batch.findings.reason(RL217(name=quoted(new)), walk.tracked, new.qualname, new.line)
        return
    if edit.action == "changed" and new.kind == "assignment" and edit.old is not None:
        if functions.changed_lambda(walk, edit):
            return
    made = lambdas.living(walk, edit.old) if edit.old is not None and call_of(new) is not None else []
    if edit.action == "changed" and lambdas.swapped(walk, edit):
        return
    if variables.only_annotation(walk, edit, new):
        return
    scope = scope_of(new)
    count = 0
    if edit.old is not None and new.kind == "assignment" and edit.old.binds == new.binds:
        count = walk.chains.put_in_since(edit.old)
    if new.kind == "assignment" and walk.chains.prepare(new, scope) is False:
        return
    if edit.old is not None:
        noted.transient_value(walk.batch.worlds, walk.work, edit.old)
    if _run(walk, edit, new, made) and count:
        name = below_scope(scope, "".join(new.binds))
        walk.batch.findings.reason(RL226(name=name, count=plural(count, "item")), walk.tracked, name, new.line)


def _run(walk: Walk, edit: Edit, new: Node, made: list[FunctionType]) -> bool:
    """Runs a statement and takes away what its old form bound; False where its block decides, or nothing is to do."""
    if blocks.fails_no_more(walk, new):
        return False
    if new.source.startswith("del ") and deletions.deleted_before(walk, new):
        return False
    hide_builtins(walk.batch.worlds, walk.liveness, new)
    deletions.supply(walk, new)
    fallback.supply(walk, new)
    space = walk.batch.worlds.space_of(walk.work, new)
    before = {name: space.get(name) for name in new.binds}
    try:
        if edit.old is not None and (edit.old.kind == "assignment" or stores.by_itself(walk, edit.old, old=True)):
            stores.gone(walk, edit.old, new)
        bound, instead = _registered(walk, edit, new, made)
    except Rejected as rejected:
        if not blocks.tried(walk, new, rejected):
            raise
        return False
    after_definition(walk.batch, walk.work, new, bound)
    report_run(walk.batch.findings, walk.tracked, new, bound)
    _follow_same(walk, new, before, bound)
    _follow_asked(walk, new)
    if edit.old is not None:
        walk.unbind({*edit.old.binds, *fallback.starred(walk, edit.old)} - set(bound), edit.old)
        if not instead:
            leftovers.told(walk, edit.old, new.line, more=True)
        if not instead:
            _tell_earlier(walk, edit.old, new)
    return True


def _tell_earlier(walk: Walk, old: Node, new: Node) -> None:
    """Takes back or names what the earlier form of a line did beside binding names.

    register(f)                        # before
    x = 1                              # after: nothing of the call is in it
    """
    if old.kind != "statement" or old.binds or stores.by_itself(walk, old, old=True):
        return
    call = call_of(old)
    if new.binds and (call is None or ast.unparse(call) in new.source or removed_call(walk.batch, walk.work, old)):
        return
    removals.cannot_undo(walk, old, new.line, new)


def _follow_same(walk: Walk, new: Node, before: dict[str, object], bound: dict[str, object]) -> None:
    """What reads an object of the user's that a call gave once more, and that may hold something else by now.

    app = App("a")                     # before
    app = App("b")                     # after: `App.__new__` gives the same object, `__init__` runs on it
    """
    for name, value in bound.items() if new.kind == "assignment" and not new.scopes else ():
        if before.get(name) is value and home_of(walk.batch.works, type(value)) is not None and "(" in new.source:
            values.between(walk.batch, walk.work, name, new.line, sys.maxsize)


def _follow_asked(walk: Walk, new: Node) -> None:
    """What was asked of an object whose method a statement calls. What can be seen of it (containers, attributes of the
    user's objects) is followed by itself."""
    call = call_of(new)
    root = root_of(call.func.value) if call is not None and isinstance(call.func, ast.Attribute) else None
    value = walk.work.space.get(root) if root is not None and not new.scopes else MISSING
    if value is MISSING or is_a(value, type, ModuleType, FunctionType, list, dict, set):
        return
    if root is not None and home_of(walk.batch.works, type(value)) is None:
        values.asked_below(walk.batch, walk.work, root, new.line)


def _registered(walk: Walk, edit: Edit, new: Node, made: list[FunctionType]) -> tuple[dict[str, object], bool]:
    """Runs a statement; whether all that its old form registered gave way to what it registers."""
    batch, work, old = walk.batch, walk.work, edit.old
    if new.kind == "assignment":
        return kept.registering(batch, work, (old, new), lambda: stores.run(walk, new))
    if call_of(new) is None or (old is not None and call_of(old) is None) or stores.by_itself(walk, new):
        return stores.run(walk, new), False
    return registering_call(batch, work, (old, new), lambda: stores.run(walk, new), made)
