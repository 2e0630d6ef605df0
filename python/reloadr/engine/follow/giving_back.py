"""What a place holds in a fresh process but for a line that went, or stores elsewhere now.

D = {"a": 0}
D["a"] = 1                         # gone: the place gets 0 back, if it still is 1
"""

from __future__ import annotations

from types import FunctionType

from reloadr._core import Node, commit
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow import places as followed
from reloadr.engine.follow.as_of import put_at
from reloadr.engine.follow.bases import UNKNOWN, base_of
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.stored import binders, binders_anywhere, builds_on, may_run, put
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a
from reloadr.source.filling import root_of
from reloadr.source.statements import scope_of
from reloadr.stage.steps import MISSING


def give_back(batch: Batch, liveness: Liveness, old: Node, place: Place) -> bool:
    """Gives a place back what it held but for a line; False where that is not known."""
    work = liveness.work
    if _is_another(batch.worlds, liveness, old, place):
        return True
    left = binders(batch.worlds, liveness, place, old)
    if any(batch.agenda.has_run(work.tracked, node) for node in left):
        return True
    if not left and _stored_elsewhere(batch, work, old, place):
        return True
    before = binders(batch.worlds, liveness, place, old, old=True)
    if before and before[-1].line > old.line:
        # A line below had put something else there.
        followed.due_between(batch, work, old, place, followed.readers_before(batch, work, old, place))
        return True
    now = places.held(batch.worlds, place)
    if now is MISSING:
        return True
    if builds_on(place):
        return not left and _unbuilt(batch, work, old, place, now)
    gave = put_at(batch, work, old, place)
    if gave is MISSING:
        return False
    if not same_value(now, gave):
        # The program's own by now.
        return True
    if left:
        if not may_run(batch.worlds, work, left[-1]):
            return False
        followed.run(batch, work, left[-1])
        return True
    base = base_of(batch, work, old, place)
    if base is UNKNOWN:
        return False
    noted = followed.readers_before(batch, work, old, place)
    followed.note_stored(batch.worlds, batch.noted, work, old, [place])
    places.write(batch.worlds, place, base)
    followed.due(batch, now, base, noted)
    return True


def _stored_elsewhere(batch: Batch, work: Work, old: Node, place: Place) -> bool:
    """Whether a line of another module stores in a place in the new source: what that gives it is there now."""
    found = binders_anywhere(batch.worlds, lambda each: derivation_of(batch).walk(each).liveness, work, old, place)
    other, node = found[-1] if found else (work, old)
    if other is work:
        return False
    if not batch.agenda.has_run(other.tracked, node):
        if not may_run(batch.worlds, other, node):
            return False
        followed.run(batch, other, node)
    return True


def _unbuilt(batch: Batch, work: Work, old: Node, place: Place, now: object) -> bool:
    """Gives a place back what a line had built on, if it holds what the line makes of that.

    shop.total = logged(shop.total)    # gone: `shop.total` is the function again
    """
    base = base_of(batch, work, old, place)
    if base is UNKNOWN or base is MISSING or not places.has_step(place):
        return False
    back = commit([places.step(place, base)], MISSING)
    try:
        gave = put(batch.worlds, work, old, place)
    finally:
        commit(back, MISSING)
    alike = is_a(now, FunctionType) and is_a(gave, FunctionType) and now.__code__ is gave.__code__
    if gave is MISSING or not (alike or same_value(now, gave)):
        return False
    noted = followed.readers_before(batch, work, old, place)
    followed.note_stored(batch.worlds, batch.noted, work, old, [place])
    places.write(batch.worlds, place, base)
    followed.due(batch, now, base, noted)
    return True


def _is_another(worlds: Worlds, liveness: Liveness, old: Node, place: Place) -> bool:
    """Whether the owner of a place is made anew, or goes itself."""
    work, root, scope = liveness.work, root_of(place.store.owner) or "", scope_of(old)
    if any(bound == root for _, _, bound, _ in work.tracked.outline.imported()):
        return False
    if not liveness.live_binders(root, scope) and work.tracked.outline.binders({root}, scope):
        return True
    return places.owner_now(worlds, work, old, place.store) is not place.owner
