"""What all handlers share: what is held back, what is said of a run, what a definition in a class still needs."""

from __future__ import annotations

import builtins

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.classes import members
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL214
from reloadr.report.findings import Findings
from reloadr.source.snippets import first_line, quoted
from reloadr.source.statements import below_scope, scope_of
from reloadr.stage.steps import MISSING


def hide_builtins(worlds: Worlds, liveness: Liveness, new: Node) -> None:
    """Unbinds a name before a line that, in a fresh process, would find Python's own under it.

    class ExceptionGroup(Exception): ...                 # before
    try: ExceptionGroup                                  # after: that is Python's, and not the class of before
    except NameError: class ExceptionGroup(Exception): ...
    """
    scope, space = scope_of(new), worlds.space_of(liveness.work, new)
    inner = [new, *(node for _, _, suite in new.branches for node in suite if not node.name)]
    for name in {name for node in inner for name in node.reads}.intersection(new.binds):
        if hasattr(builtins, name) and space.get(name) is not MISSING:
            if all(node.line >= new.line for node in liveness.live_binders(name, scope)):
                worlds.stage.set(space, name, MISSING)


def held_back(findings: Findings, liveness: Liveness, new: Node) -> bool:
    """Whether a statement must wait because the module's own code runs right now, or ran as the main block; says so."""
    if liveness(new) == "main":
        findings.reason(
            RL214(name=quoted(new), state="ran as the main block"), liveness.tracked, new.qualname, new.line
        )
        return True
    if liveness.at_work is not None and not new.scopes:
        if new.line > liveness.at_work.new:
            findings.reason(
                RL214(name=quoted(new), state="is still on its way there"), liveness.tracked, new.qualname, new.line
            )
            return True
    return False


def report_run(findings: Findings, tracked: Tracked, new: Node, bound: dict[str, object]) -> None:
    """Says that a statement ran, once for each name that it bound."""
    names = [name for name in bound if name != "__annotations__"]
    if not names:
        findings.change("run", tracked, new.qualname, new.line, first_line(new))
    for name in names:
        findings.change("run", tracked, below_scope(scope_of(new), name), new.line, first_line(new))


def after_definition(batch: Batch, work: Work, new: Node, bound: dict[str, object]) -> None:
    """A definition put into a class gets what the class statement would have done with it."""
    if new.scopes:
        members.settle_members(batch, work, new, bound)
