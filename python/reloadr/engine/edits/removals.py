"""Statements and definitions that went."""

from __future__ import annotations

import sys

from reloadr._core import Node, facts
from reloadr.engine.edits import definitions, deletions, fallback, leftovers, refill, stores
from reloadr.engine.edits.running import report_run
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.reach import touched
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.follow import places
from reloadr.engine.registrations import kept, outside
from reloadr.engine.registrations.calls import call_of, removed_call
from reloadr.report.caveats import RL206, RL208, RL214
from reloadr.source.edits import Edit
from reloadr.source.snippets import first_line, quoted
from reloadr.source.statements import (
    BLOCKS,
    below_scope,
    binders_in,
    block_only_binds,
    definitions_in,
    is_main_test,
    links_around,
    scope_of,
    whole_suite,
)
from reloadr.source.texts import bound_again


def removed(walk: Walk, edit: Edit, old: Node) -> None:
    """A statement or definition that went: what it bound is unbound, what else it did is named.

    TABLE = load()                     # before
    register(TABLE)                    # after: both gone; `TABLE` is unbound, the registration named
    """
    batch = walk.batch
    if old.kind == "pass" or walk.liveness(old, old=True) == "dead":
        return
    if any(move.removed is edit for move in walk.moves):
        walk.unbind({old.name or ""}, old, moved=True)
        return
    if walk.liveness.at_work is not None and not old.scopes and old.line > walk.liveness.at_work.old:
        state = "is still on its way there"
        batch.findings.reason(RL214(name=quoted(old), state=state), walk.tracked, old.qualname, old.line)
        return
    if old.name:
        definitions.removed_definition(walk, old)
        return
    if old.kind == "docstring":
        batch.stage.set(batch.worlds.space_of(walk.work, old, old=True), "__doc__", None)
        batch.findings.change("remove", walk.tracked, old.qualname, old.line, "docstring")
        return
    header = old.branches[0][1] if old.kind == "if" else None
    if walk.liveness(old, old=True) == "main" or (header is not None and is_main_test(header.source)):
        return
    if refill.refilled(walk, edit):
        batch.findings.change("remove", walk.tracked, old.qualname, old.line, first_line(old))
        return
    if not kept.removed(batch, walk.work, old):
        leftovers.told(walk, old, old.line)
    if old.kind == "assignment" and _assignment(walk, old):
        return
    if old.kind == "statement" and stores.by_itself(walk, old, old=True):
        stores.gone(walk, old)
    else:
        _take_away(walk, old)
    batch.findings.change("remove", walk.tracked, old.qualname, old.line, first_line(old))


def _assignment(walk: Walk, old: Node) -> bool:
    """Places that an assignment stored in are given back; whether the chain that it was part of says the rest."""
    stores.gone(walk, old)
    return _removed_from_chain(walk, old)


def _take_away(walk: Walk, old: Node) -> None:
    """What a statement bound and stored goes with it."""
    names = set(old.binds)
    if old.kind in BLOCKS:
        # Those of branches that ran are edits of their own.
        names -= {node.name for node in definitions_in(old) if walk.liveness(node, old=True) != "dead"}
        stores.gone_with(walk, old)
    names |= fallback.starred(walk, old)
    walk.unbind(names, old)
    if (
        old.kind not in ("import", "from", "assignment")
        and not facts(old).plain
        and not (old.kind in BLOCKS and block_only_binds(old, lambda node: walk.liveness(node, old=True) != "dead"))
        and not (call_of(old) is not None and removed_call(walk.batch, walk.work, old))
    ):
        cannot_undo(walk, old, old.line)


def _removed_from_chain(walk: Walk, old: Node) -> bool:
    """An assignment went, others of the same name stay: those decide its value now."""
    if len(old.binds) != 1:
        return False
    scope = scope_of(old)
    left = walk.liveness.live_binders(old.binds[0], scope)
    if not left:
        return False
    name, last = old.binds[0], left[-1]
    before = [node for node in binders_in(walk.tracked.outline, name, scope) if walk.liveness(node) != "dead"]
    if old not in links_around(before, name, sys.maxsize)[0]:
        # What the name means at the end came of lines below.
        return True
    if not any(walk.batch.agenda.has_run(walk.tracked, node) for node in left):
        alone = whole_suite(last) is None
        if last.kind != "assignment" or (alone and walk.chains.repeat(last, scope)):
            pass
        elif alone and node_is_pure(walk.batch.worlds, walk.work, last):
            report_run(walk.batch.findings, walk.tracked, last, places.run(walk.batch, walk.work, last))
        else:
            qualname = below_scope(scope, name)
            walk.batch.findings.reason(RL206(name=quoted(last), source=name), walk.tracked, qualname, last.line)
    return True


def cannot_undo(walk: Walk, old: Node, line: int, new: Node | None = None) -> None:
    """Says that what a statement did stays done, unless it did nothing or what it filled is another by now."""
    batch = walk.batch
    if facts(old).plain or (old.source.startswith("del ") and deletions.undeleted(walk, old)):
        return
    if not old.scopes and walk.chains.built_anew(old):
        return
    if outside.taken_back(batch.worlds, walk.work, old, new):
        return
    if new is not None and bound_again(old, new, walk.tracked.namespace):
        return
    places = touched(batch.works, batch.stage, walk.work, old)
    if not places:
        batch.findings.reason(RL208(name=quoted(old)), walk.tracked, old.qualname, line)
    gone = set() if old.scopes else walk.chains.gone(set(places))
    for name in [each for each in places if each not in gone]:
        batch.findings.reason(RL208(name=f"{quoted(old)} in {name}"), walk.tracked, name, line)
