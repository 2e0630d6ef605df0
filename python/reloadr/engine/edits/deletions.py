"""Names that a `del` of the module takes away again.

_t = table()                       # bound only on the way
RATE = _t["rate"]                  # an edit of this line reads it
del _t
"""

from __future__ import annotations

import builtins

from reloadr._core import Node
from reloadr.engine.edits.running import report_run
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.source.statements import binders_in, scope_of
from reloadr.stage.steps import MISSING


def supply(walk: Walk, new: Node) -> None:
    """Binds a helper that the module deletes further down, so that new code in between can read it.

    _x = 1 ... del _x                  # `_x = 1` runs once more before the new line, if nobody can notice
    """
    if new.scopes or walk.liveness.at_work is not None:
        return
    space = walk.work.space
    for name in new.reads:
        if space.get(name) is not MISSING or hasattr(builtins, name):
            continue
        binders = walk.liveness.live_binders(name, "")
        above = [node for node in binders if node.line < new.line]
        below = [node for node in binders if node.line > new.line]
        if not above or not below or not below[0].source.startswith("del "):
            continue
        maker = above[-1]
        harmless = maker.kind in ("import", "from") or (maker.kind == "function" and not maker.decorators)
        if harmless or (maker.kind == "assignment" and node_is_pure(walk.batch.worlds, walk.work, maker)):
            supply(walk, maker)
            if space.get(name) is MISSING:
                run(walk.batch, walk.work, maker)
                walk.supplied.append((below[0].line, name))


def settle(walk: Walk) -> None:
    """Takes away what an edit bound and an unchanged `del` below it takes away again."""
    for line, name in walk.supplied:
        gone = all(node.line <= line for node in walk.liveness.live_binders(name, ""))
        if gone:
            walk.batch.stage.set(walk.work.space, name, MISSING)
    for edit in walk.work.edits if walk.work.mentions(["del "]) else ():
        new = edit.new
        if new is None or edit.action == "formatted" or new.source.startswith("del "):
            continue
        scope = scope_of(new)
        for name in new.binds:
            last = [node for node in walk.liveness.live_binders(name, scope) if node.line >= new.line][-1:]
            if last and last[0].source.startswith("del "):
                space = walk.batch.worlds.space_of(walk.work, new)
                if space.get(name) is not MISSING:
                    walk.batch.stage.set(space, name, MISSING)


def deleted_before(walk: Walk, new: Node) -> bool:
    """Whether all that a `del` takes away is gone already, by a `del` of the old source."""
    space = walk.batch.worlds.space_of(walk.work, new)
    scope = scope_of(new)
    return bool(new.binds) and all(
        space.get(name) is MISSING
        and any(old.source.startswith("del ") for old in binders_in(walk.tracked.outline, name, scope))
        for name in new.binds
    )


def undeleted(walk: Walk, old: Node) -> bool:
    """A `del` that went: what it took away is bound again, unless the line that did so went as well.

    RATE = 0.1
    del RATE                           # gone: `RATE` is 0.1 again
    """
    scope = scope_of(old)
    for name in old.binds:
        makers = walk.liveness.live_binders(name, scope)
        if not makers or walk.work.space.get(name) is not MISSING:
            continue
        last = makers[-1]
        if last.kind not in ("import", "from", "function") and not node_is_pure(walk.batch.worlds, walk.work, last):
            return False
        if last.decorators or last.scopes:
            return False
        report_run(walk.batch.findings, walk.tracked, last, run(walk.batch, walk.work, last))
    return bool(old.binds)
