"""The edits of one module: each goes to its handler, in the order of the source; what was removed comes last."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial

from reloadr._core import Node
from reloadr.engine.agenda import Task
from reloadr.engine.classes import rebuild, twins
from reloadr.engine.classes.plan import Plan, class_of, plans_of
from reloadr.engine.edits import (
    blocks,
    definitions,
    deletions,
    fallback,
    functions,
    removals,
    statements,
    suites,
    variables,
)
from reloadr.engine.edits.walk import Walk
from reloadr.engine.follow.importers import rebind_imports
from reloadr.engine.functions.held import release, revoke
from reloadr.engine.registrations import handing, overloads
from reloadr.engine.registrations.order import moved, settle_moved, settle_order
from reloadr.engine.rules.settle import Rules
from reloadr.report.findings import NeedsRestart, Waiting
from reloadr.source.edits import Edit
from reloadr.source.statements import BLOCKS, guards_of


def carry_out(walk: Walk, rules: Rules) -> None:
    """Evaluates the edits in order; removed names last, once everything that rebinds them has run."""
    rebind_imports(walk.batch.worlds, walk.batch.findings, walk.liveness)
    for edit in walk.work.edits:
        _come_alive(walk, edit)
    collected = twins.prepare(walk.batch.worlds, walk.work)
    settle_overloads = overloads.noted(walk.batch, walk.work, walk.liveness)
    plans = plans_of(walk.work)
    _due_by_order(walk, plans)
    whole = suites.plan(walk)
    gone: list[Edit] = []
    for edit in _in_order(walk, plans, whole):
        plan = plans.get(class_of(walk.work, edit))
        if plan is None or not plan.takes(edit):
            plan = None
            if id(edit) in whole:
                _suite(walk, whole[id(edit)], rules)
                continue
            if edit.action == "removed":
                gone.append(edit)
        _carry_out(walk, edit, plan, rules)
    walk.batch.agenda.finish(walk.tracked)
    # Lines of the modules that come next read it.
    walk.batch.agenda.follow_above(walk.tracked, sys.maxsize)
    for edit in _users_before(gone):
        with _whole_or_not(walk, rules, [edit]):
            rules.before(walk.work, edit)
            removals.removed(walk, edit, edit.node)
            rules.after(walk.work, edit)
    settle_overloads()
    walk.unbind_left()
    fallback.settle(walk)
    settle_order(walk.batch.worlds, walk.batch.swaps, walk.work)
    settle_moved(walk.batch, walk.work, [(each.node, each.value) for each in walk.moves if each.target is walk.work])
    rules.moved(walk.work, moved(walk.work))
    deletions.settle(walk)
    variables.settle(walk)
    twins.settle(walk.batch, walk.work, collected)


def _due_by_order(walk: Walk, plans: dict[str, Plan]) -> None:
    """Makes classes due that no edit is about: their lines changed places."""
    for plan in plans.values():
        if not any(plan.takes(edit) for edit in plan.edits):
            walk.batch.agenda.add(
                walk.tracked, Task(plan.new.line, ("in order", plan.new.qualname), partial(_remake, walk, plan))
            )


def _remake(walk: Walk, plan: Plan) -> None:
    with walk.batch.findings.waiting(walk.tracked, plan.new.qualname, plan.new.line):
        handing.remade(walk.batch, walk.work, (plan.old, plan.new), lambda: rebuild.carry_out(walk, plan))


def _carry_out(walk: Walk, edit: Edit, plan: Plan | None, rules: Rules) -> None:
    """Carries out one edit, or the whole plan for its class; nothing of it stays where that needs a restart."""
    batch, new = walk.batch, plan.new if plan is not None else edit.new
    if new is not None:
        batch.agenda.reach(walk.tracked, new.line)
        rules.answer_read_by(walk.work, new)
        if edit.action == "added" and any(block.line in walk.blocks_refused for block, _ in guards_of(new)):
            _withhold(walk, edit)
            return
    with _whole_or_not(walk, rules, plan.edits if plan is not None else [edit], at=edit.node):
        if plan is not None or edit.action != "removed":
            rules.before(walk.work, edit)
        if plan is not None:
            handing.remade(batch, walk.work, (plan.old, plan.new), lambda: rebuild.carry_out(walk, plan))
        elif edit.action != "removed":
            _edit(walk, edit)
        if plan is not None or edit.action != "removed":
            rules.after(walk.work, edit)
        release(batch.stage, batch.swaps, edit)


def _suite(walk: Walk, suite: suites.Suite, rules: Rules) -> None:
    """Carries out all edits within the suite of a block at once."""
    with _whole_or_not(walk, rules, suite.edits):
        rules.before(walk.work, *suite.edits)
        suites.carry_out(walk, suite)
        rules.after(walk.work, *suite.edits)


def _whole_or_not(walk: Walk, rules: Rules, edits: Iterable[Edit], *, at: Node | None = None) -> Waiting:
    """Edits that are carried out as one: if one of them needs a restart, all wait and nothing of them is applied."""
    point = walk.batch.savepoint()

    def wait(needs: NeedsRestart) -> None:
        rules.take_back()
        walk.batch.restore(point)
        for edit in edits:
            _refuse(walk, edit, needs, at=at)

    return Waiting(wait)


def _edit(walk: Walk, edit: Edit) -> None:
    new = edit.new
    assert new is not None
    if new.scopes and walk.batch.agenda.has_run(walk.tracked, new):
        return
    if edit.action == "formatted":
        if new.name:
            walk.batch.findings.change("lines", walk.tracked, new.qualname, new.line)
        return
    if new.kind in BLOCKS:
        blocks.block(walk, edit, new)
    elif new.name is None:
        statements.statement(walk, edit, new)
    elif edit.action == "added":
        definitions.added(walk, new)
    elif new.kind == "class":
        assert edit.old is not None
        handing.remade(walk.batch, walk.work, (edit.old, new), lambda: definitions.changed_class(walk, edit))
    else:
        functions.function(walk, edit)
    compiled = new.kind == "function" and edit.action != "added"
    if not compiled and not walk.batch.agenda.has_run(walk.tracked, new):
        blocks.is_python(walk, new)


def _come_alive(walk: Walk, edit: Edit) -> None:
    """Turns a formatting into `added` or `removed` where its statement moved from a dead branch to a live one, or back.

    if False: RATE = 0.1               # before
    if True: RATE = 0.1                # after: the line runs
    """
    old, new = edit.old, edit.new
    if edit.action != "formatted" or old is None or new is None or old.name is not None:
        return
    if [block.source for block, _ in old.guards] == [block.source for block, _ in new.guards]:
        return
    ran, runs = walk.liveness(old, old=True) != "dead", walk.liveness(new) != "dead"
    if runs and not ran:
        edit.action, edit.old = "added", None
    elif ran and not runs:
        edit.action, edit.new = "removed", None


def _in_order(walk: Walk, plans: dict[str, Plan], whole: dict[int, suites.Suite]) -> list[Edit]:
    """The edits of the module. A class that is built anew, or a suite that runs again, because something went from it
    comes where it stands, below the new lines that it reads."""
    edits, late = [], []
    for edit in _users_first(walk.work.edits):
        plan = plans.get(class_of(walk.work, edit))
        if edit.action == "removed" and plan is not None and plan.takes(edit):
            late.append((plan.new.line, edit))
        elif edit.action == "removed" and id(edit) in whole:
            late.append((whole[id(edit)].line, edit))
        else:
            edits.append(edit)
    for line, edit in late:
        below = (at for at, other in enumerate(edits) if other.new is not None and other.new.line >= line)
        edits.insert(next(below, len(edits)), edit)
    return edits


def _users_first(edits: list[Edit]) -> list[Edit]:
    """The edits of a module, where something went with its import: first what used it, that it can be taken back.

    from shop import on                # both gone
    on("start")(f)
    """
    imports = [each for each in edits if each.action == "removed" and each.node.kind in ("import", "from")]
    bound = {name for each in imports for name in each.node.binds}
    if not bound:
        return edits

    def uses(edit: Edit) -> bool:
        parts = [*edit.node.decorators, *(part for _, part in edit.node.bases)]
        read = {*edit.node.reads, *(name for part in parts for name in part.reads)}
        return edit.action == "removed" and edit not in imports and not bound.isdisjoint(read)

    first = edits.index(imports[0])
    users = [each for each in edits[first:] if uses(each)]
    return [*edits[:first], *users, *(each for each in edits[first:] if not any(each is user for user in users))]


def _users_before(gone: list[Edit]) -> list[Edit]:
    """What went, but first what was handed to something that went as well, last one first: that it can be taken back.

    def on(function): ...              # both gone
    @on
    def start(): ...
    """
    bound = {name for each in gone for name in (*each.node.binds, each.node.name) if name}

    def was_handed(edit: Edit) -> bool:
        node = edit.node
        parts = [*node.decorators, *(part for _, part in node.bases)]
        read = {name for part in parts for name in part.reads} | set(node.reads if node.kind == "statement" else ())
        return any(name.partition(".")[0] in bound for name in read)

    users = [edit for edit in gone if was_handed(edit)]
    return [*reversed(users), *(edit for edit in gone if not any(edit is user for user in users))]


def _refuse(walk: Walk, edit: Edit, needs: NeedsRestart, *, at: Node | None = None) -> None:
    """An edit that cannot be carried into this process stays pending, and what it would have bound is withheld."""
    at = at or edit.node
    _withhold(walk, edit, at)
    revoke(walk.batch.stage, walk.batch.swaps, edit)
    if edit.new is not None and edit.new.branches:
        walk.blocks_refused.add(edit.new.line)
    walk.batch.findings.reason(needs.kind, walk.tracked, at.qualname, at.line)


def _withhold(walk: Walk, edit: Edit, at: Node | None = None) -> None:
    at = at or edit.node
    walk.work.refused.update(edit.numbers)
    walk.batch.noted.withheld.update(at.binds, [at.name] if at.name else [])
