"""The way of a batch: from its edits to what is to become true.

Functions first, so that whatever is evaluated afterwards runs the code that it will run in a fresh process; then the
edits of each module, imported modules first; then what was computed from what changed; at last what stays behind is
named.
"""

from __future__ import annotations

from collections.abc import Sequence

from reloadr.engine import order
from reloadr.engine.batch import Batch, Swap, Work
from reloadr.engine.classes import computed, held_members, hooks, replace
from reloadr.engine.edits import before_bound, module, moves, other_names, suites
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.reach import remembering
from reloadr.engine.follow import (
    aliases,
    arrivals,
    at_work,
    calls,
    copied,
    enumerated,
    facets,
    found_modules,
    instances,
    marked,
    matched,
    memos,
    passed,
    process_state,
    registered,
    registries,
    stale,
    supplied,
    through_methods,
    unreached,
    values,
)
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.functions import module_loops
from reloadr.engine.functions.collect import collect_swaps, pair_by_liveness
from reloadr.engine.functions.swaps import swap_functions
from reloadr.engine.registrations import effects
from reloadr.engine.rules.settle import Rules
from reloadr.live.modules import Modules

#: How often it is asked who reads what was computed from what was computed.
_ROUNDS = 20


def begin(modules: Modules, saved: list[Work], previous: Sequence[Swap], came: frozenset[str]) -> Batch:
    """The batch of the work on some saved files. `previous`: the swaps of the batch before, which `undo` keeps; `came`:
    modules that watched ones did without, and whose file has come."""
    ordered = order.in_import_order(saved)
    return Batch.of(modules, ordered, previous, came=came, around=effects.journalled, regrown=registries.due)


def carry_out(batch: Batch) -> None:
    """Prepares and evaluates every edit of a batch; nothing is live before `finish(batch)`, except what an
    evaluation had to see. Raises Rejected."""
    before_bound.check(batch)
    batch.worlds.settlers.append(computed.settle)
    other_names.settle(batch.works)
    found = moves.find(batch.works)
    batch.works.moved = {(each.source.tracked.name, each.node.name or ""): each.target.tracked for each in found}
    # All of them now: what ran is to be seen only as long as nothing of the batch is live.
    walks = [Walk(batch, work, found) for work in batch.works]
    following = values.begin(batch, lambda work: Walk(batch, work), suites.repeat)
    for walk in walks:
        if walk.liveness.at_work is not None:
            module_loops.take_edits(batch.findings, batch.journal, batch.noted.at_work, walk.work)
    for walk in walks:
        pair_by_liveness(walk.work, walk.liveness)
        collect_swaps(batch.worlds, batch.swaps, walk.work, walk.liveness.at_work)
    made = _calls(batch, following)
    swap_functions(batch)
    rules = Rules(batch)
    for walk in walks:
        values.follow_before(batch, walk.work)
        module.carry_out(walk, rules)
    left = _hooks_settled(batch, made)
    if batch.stage.before or not batch.noted.unreached:
        values.derive(batch)
    held_members.hand_over(batch)
    _name_what_stays(batch, made, left)
    rules.settle()
    # After the plug-ins, who may have made anew what held an earlier object.
    replace.told(batch)
    aliases.settle(batch)
    rules.answer()


def _name_what_stays(batch: Batch, made: list[hooks.Made], left: list[hooks.Made]) -> None:
    """Names what keeps what it had."""
    stale.name_stale_classes(batch.findings, batch.swaps)
    stale.name_made_classes(batch, made, left)
    registered.told(batch)
    stale.name_stale_caches(batch)
    at_work.told(batch)
    memos.told(batch.findings, batch.journal, batch.swaps)
    copied.told(batch)
    supplied.told(batch)
    instances.told(batch)


def _calls(batch: Batch, following: Derivation) -> list[hooks.Made]:
    """Finds who called, or asked about, what changes, while all that ran is still live; gives the classes that it
    made."""
    batch.noted.unreached = unreached.nothing_came_to(batch)
    if batch.noted.unreached:
        return []
    with remembering(batch.works):
        known, made = _asked(batch)
    following.take(known)
    return made


def _hooks_settled(batch: Batch, made: list[hooks.Made]) -> list[hooks.Made]:
    """Those of the classes for which what has a part in making classes does not run again."""
    if made:
        # What it reads may be imported.
        values.follow(batch)
    return hooks.settle(batch, made)


def _asked(batch: Batch) -> tuple[list[calls.Call], list[hooks.Made]]:
    known = calls.calls(batch.worlds, batch.swaps, batch.noted)
    made = hooks.prepare(batch)
    known += calls.of_made(batch.worlds, batch.noted, hooks.attributes_of(made))
    # What follows from names that are bound anew is known by now.
    known += [*facets.asked(batch), *arrivals.asked(batch), *process_state.asked(batch), *found_modules.asked(batch)]
    known += [*matched.asked(batch), *marked.asked(batch), *passed.asked(batch), *enumerated.asked(batch, known)]
    further = through_methods.Further(batch)
    known += further.called(known)
    for _ in range(_ROUNDS):
        more = _of_computed(batch, known, further)
        if not more:
            break
        known += more
    return known, made


def _of_computed(batch: Batch, known: list[calls.Call], further: through_methods.Further) -> list[calls.Call]:
    """Who called what reads names that known calls compute anew, as far as they are not known."""
    before = batch.noted.how_much_anew()
    more = calls.of_computed(batch.worlds, batch.noted, known)
    more += enumerated.asked(batch, [*known, *more])
    if batch.noted.how_much_anew() != before:
        more += further.by_names([*known, *more])
    keys = {(call.key, call.asks) for call in known}
    return [call for call in more if (call.key, call.asks) not in keys]


__all__ = ["begin", "carry_out"]
