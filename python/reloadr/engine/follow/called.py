"""What called changed code while modules were loaded, or was decorated by it.

def load(): ...                    # its body was edited
TABLE = load()                     # computed again if that has no effects, else named
"""

from __future__ import annotations

import ast
import enum
import heapq
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType

from reloadr._core import Node, facts
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import ordering
from reloadr.engine.evaluate.reach import touched
from reloadr.engine.evaluate.worlds import is_pure, new_world, node_is_pure
from reloadr.engine.follow import calls, conditions, made_anew, midst, name_order, places, statements, trying
from reloadr.engine.follow.as_made import is_as_made
from reloadr.engine.follow.as_of import as_of
from reloadr.engine.follow.call import meaning_another
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.engine.follow.sequence import may_see
from reloadr.engine.follow.stored import may_run
from reloadr.engine.order import load_order
from reloadr.engine.registrations.named import is_owned
from reloadr.engine.registrations.named import value_of as value_by_name
from reloadr.judge.same import same_value
from reloadr.live.codes import own_work
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL205, RL206
from reloadr.report.findings import Rejected
from reloadr.source.snippets import quoted
from reloadr.source.statements import below_scope, decorator_name, parse_statements, scope_of, value_of, whole_suite
from reloadr.source.stores import stores
from reloadr.source.using import calls_in


def called(following: Derivation, settle: Callable[[], None], *, again: bool = False) -> bool:
    """Goes through all that called, at load time, what changed; `again` through what did not matter then, and may by
    what was computed since. Whether something did. `settle`: follows what was computed to who imports it."""
    batch, followed = following.batch, following.followed
    before = settled = len(followed)
    for work, new in batch.noted.changed_functions if not again else ():
        _decorated_by(following, work, new)
    for call in _as_they_ran(following):
        liveness = following.walk(call.work).liveness
        if (call.key, call.asks) in followed or liveness(call.node) == "dead":
            continue
        if followed and (call.because or len(followed) > settled):
            # What it calls may read what was computed so far.
            settle()
            settled = len(followed)
        if batch.agenda.has_run(call.work.tracked, call.node):
            if not again and call.key not in following.unrun:
                _ran_too_early(following, call)
        elif liveness.is_running(call.node) and not call.node.name:
            # What it comes to next is the new code; what is in the middle of the old is counted.
            if not again and _matters(following, call) is not None:
                midst.told_of_call(following, call)
        elif (because := _matters(following, call)) is not None:
            followed.add((call.key, call.asks))
            _follow(following, call, because)
    return len(followed) > before


def _as_they_ran(following: Derivation) -> Iterator[calls.Call]:
    """The calls in the order in which they ran as modules were loaded, for one may read what another gives; those that
    become known meanwhile in their turn. Conditions come last: they give nothing, and what they gave shows only once
    the new code is live, while others hold what the old one gives as long as it is not."""
    todo: list[tuple[bool, int, int, int]] = []
    ranks: dict[str, int] = {}
    known = 0
    while True:
        fresh, known = list(range(known, len(following.calls))), len(following.calls)
        if {following.calls[each].work.tracked.name for each in fresh} - ranks.keys():
            names = {call.work.tracked.name for call in following.calls}
            ranks = load_order(following.batch.works, names) if len(names) > 1 else dict.fromkeys(names, 0)
            # Among more modules they may have other ranks.
            fresh, todo = sorted({*fresh, *(each for *_, each in todo)}), []
        for each in fresh:
            call = following.calls[each]
            place = ranks.get(call.work.tracked.name, 0), call.node.line
            heapq.heappush(todo, (call.came is not None, *place, each))
        if not todo:
            return
        yield following.calls[heapq.heappop(todo)[-1]]


def called_above(following: Derivation, work: Work, line: int, *, asks: bool = False) -> None:
    """Computes again what stands above a line, which runs next and may read it; `asks`: also what reads what is no
    name, for which all that the batch has done so far goes live.

    def load(): ...                    # edited
    TABLE = load()                     # computed again now, and not at the end
    SIZE = len(TABLE) + 1              # edited
    """
    for call in following.computed.get(work.tracked.name, ()):
        if call.node.line >= line or (call.key, call.asks) in following.followed or (call.asks and not asks):
            continue
        liveness = following.walk(work).liveness
        ran = following.batch.agenda.has_run(work.tracked, call.node)
        if ran or liveness(call.node) != "live" or liveness.is_running(call.node):
            continue
        if (because := _matters(following, call)) is not None:
            following.followed.add((call.key, call.asks))
            _follow(following, call, because)


def _matters(following: Derivation, call: calls.Call) -> list[str] | None:
    """The names that make a call matter, which may be none; None where it does not matter."""
    batch = following.batch
    changed = [each for each in call.because if meaning_another(batch.stage, [each])]
    because = sorted({name for owner, name in changed if _may_have_read(batch, call, owner, name)})
    if (call.because and not because) or (call.asks and _is_bound_below(following, call)):
        return None
    if call.asks:
        # What it reads is no name: it shows in what is live alone.
        batch.flush()
        if following.ordered != (at := len(batch.journal.commits)):
            following.ordered = at
            ordering.settle(batch.works, batch.journal, batch.classes.orders)
            name_order.settle(batch)
    return None if conditions.comes_out_as_it_did(batch.worlds, call) else because


def _may_have_read(batch: Batch, call: calls.Call, owner: int, name: str) -> bool:
    """Whether a call ran after the first line that binds a name, or after the one that has stored under it."""
    tracked, by = batch.works.namespaces.get(owner), batch.noted.stored.get((owner, name))
    if by is None and tracked is not None:
        work = batch.works.of(tracked)
        by = next(((work, node) for node in work.outline.binders({name}, "")), None)
    # What stands in a block may run more than once.
    repeated = bool(call.node.branches or call.node.guards)
    return by is None or repeated or may_see(batch.works, call.work, call.node, *by)


def _follow(following: Derivation, call: calls.Call, because: list[str]) -> None:
    batch, work, node = following.batch, call.work, call.node
    suite = None if node.name else whole_suite(node)
    source = ", ".join(because or sorted(call.names))
    if suite is not None:
        statements.suite(following, work, suite, node, set(call.names), source)
    elif call.holds is not None:
        _called(following, call, ", ".join(because))
    elif node.name and call.asks:
        if not _defaults_followed(following, call):
            following.stale(work, node, node.qualname, ", ".join(sorted(call.names)))
    elif node.name:
        _made_through(following, call, ", ".join(because))
    elif node.branches and call.asks and statements.tried_again(following, work, node, sorted(call.names)):
        pass
    elif node.branches:
        statements.name_block(batch.findings, work, node, source)
    elif not _leaves_nothing(following, call):
        at = statements.about(work, node)
        batch.findings.reason(RL206(name=quoted(node), source=source), work.tracked, at, node.line)
        if is_owned(work, node.segment):
            # What it registers, and where, is a plug-in's business.
            return
        for held in touched(batch.works, batch.stage, work, node)[:20]:
            if held != source:
                batch.findings.reason(RL206(name=held, source=source), work.tracked, held, node.line)


def _defaults_followed(following: Derivation, call: calls.Call) -> bool:
    """Whether all that a definition asks for stands in defaults that were computed anew."""
    node = call.node
    if any(calls_in(part.source, call.names) for part in [*node.decorators, *(part for _, part in node.bases)]):
        return False
    asking = [
        name
        for name, *_, part in node.params
        if part is not None and (calls_in(part.source, call.names) or call.names & set(part.reads))
    ]
    key = call.work.tracked.name, node.line
    return bool(asking) and all((*key, name) in following.defaults for name in asking)


def _leaves_nothing(following: Derivation, call: calls.Call) -> bool:
    """Whether a statement is an expression that only computes, and whose value nobody gets; within a `try` what it
    raises is something."""
    if any(block.kind == "try" and branch == 0 for block, branch in call.node.guards):
        return False
    tree = parse_statements(call.node.segment)
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return False
    world = new_world(following.batch.worlds, call.work, call.node)
    held = {each.id: world.get(each.id) for each in ast.walk(tree) if isinstance(each, ast.Name)}
    # What a cache keeps of it is cleared with the function.
    caches = {name: value.__wrapped__ for name, value in held.items() if is_a(value, _lru_cache_wrapper)}
    return is_pure(following.batch.works, tree.body[0].value, {**world, **caches})


def _ran_too_early(following: Derivation, call: calls.Call) -> None:
    """What ran in this batch before what it asks for was as it is now: once more, if nobody can notice."""
    batch, work, node = following.batch, call.work, call.node
    once = node.kind == "assignment" and not node.scopes and not set(node.binds) & set(node.reads)
    # A suite ran as a whole, in its context.
    once = once and whole_suite(node) is None
    if call.asks and once and not _is_bound_below(following, call):
        batch.flush()
        if node_is_pure(batch.worlds, work, node) or may_run(batch.worlds, work, node):
            space = batch.worlds.space_of(work, node)
            before = {name: space.get(name) for name in node.binds}
            places.run(batch, work, node)
            for name, value in before.items():
                if same_value(value, space.get(name)):
                    # Who has read it since holds that very object.
                    batch.stage.set(space, name, value)


def _is_bound_below(following: Derivation, call: calls.Call) -> bool:
    """Whether what a statement binds means something else from a line below on; what reads it in between is named."""
    work, node = call.work, call.node
    if not node.binds or node.kind != "assignment":
        return False
    scope, outline = scope_of(node), work.outline
    between: set[str] = set()
    for name in node.binds:
        anew = [
            each.line
            for each in following.walk(work).liveness.live_binders(name, scope)
            if each.line > node.line and each.kind == "assignment" and name not in each.reads
        ]
        if not anew:
            return False
        if any(node.line < each.line <= anew[0] for each in outline.readers({name})):
            between.add(name)
    for name in sorted(between):
        following.stale(work, node, below_scope(scope, name), ", ".join(sorted(call.names)))
    return True


def _called(following: Derivation, call: calls.Call, source: str) -> None:
    batch, work, node = following.batch, call.work, call.node
    names = [f"{node.qualname}.{name}" if node.qualname else name for name in node.binds]
    changed = sorted(name for name in node.reads if name.rpartition(".")[2] in batch.swaps.names())
    source = source or ", ".join(changed or sorted(call.names))
    if following.walk(work).liveness.is_running(node) or _only_holds(following, call):
        return
    if not names and stores(node):
        statements.store(following, work, node, source, holds=bool(call.holds))
        return
    block = trying.guarding(node) if not call.holds else None
    if block is not None and statements.tried_again(following, work, block, [source]):
        return
    if not names or not _may_be_computed(batch, call):
        _kept(following, call, names, source)
        return
    space = batch.worlds.space_of(work, node)
    if is_a(space.owner, type):
        anew = made_anew.rebuild(following, work, node, space.owner)
        if anew or batch.agenda.has_run(work.tracked, node) or made_anew.followed(following, work, node, space.owner):
            return
        if is_a(space.owner, enum.EnumMeta):
            for name in names:
                following.stale(work, node, name, source)
            return
    walk = following.walk(work)
    if facts(node).augments and walk.repeat(node, node.qualname):
        return
    try:
        with as_of(batch, work, node):
            again = following.run_again(work, node)
    except Rejected as rejected:
        again = False
        if not trying.meant(following, work, node, rejected, source):
            raise
    if not again:
        return
    for name in names:
        batch.findings.change("recompute", work.tracked, name, node.line, f"from {source}")


def _kept(following: Derivation, call: calls.Call, names: list[str], source: str) -> None:
    """Names what a line keeps that may not be computed anew, unless that is what it would be."""
    if not names or not is_as_made(following.batch, call.work, call.node):
        for name in names or [quoted(call.node)]:
            following.stale(call.work, call.node, name, source)


def _may_be_computed(batch: Batch, call: calls.Call) -> bool:
    """Whether an assignment that held what the old code gives may be computed again, from what it goes through."""
    return bool(call.holds) and (call.lists is None or name_order.is_told(batch, call.lists))


def _only_holds(following: Derivation, call: calls.Call) -> bool:
    """Whether a line only has the function itself, which is what it was with other code: `_go = Shop.go`."""
    value = value_of(call.node) or next((each.value for each in stores(call.node)), None)
    if call.asks or call.because or not isinstance(value, (ast.Name, ast.Attribute)):
        return False
    held = new_world(following.batch.worlds, call.work, call.node)
    return is_a(value_by_name(held.get, ast.unparse(value)), FunctionType)


def _decorated_by(following: Derivation, work: Work, new: Node) -> None:
    """Definitions that a changed decorator made: what it did besides wrapping is not repeated."""
    batch = following.batch
    found = readers_anywhere(batch.works, work.tracked, {new.name}) if new.name is not None else ()
    decorated = [each for each in found if each[1].decorators]
    swaps = (swap for swap in batch.swaps if swap.edit.new is not None and swap.edit.new == new)
    swap = next(swaps, None) if decorated else None
    if swap is None:
        return
    # A default of a factory is in what it gave, as a variable of that.
    own = own_work(swap.old) != own_work(swap.new) or "defaults" in swap.edit.facets
    inner = [own_work(a) for a in _functions_in(swap.old)] != [own_work(b) for b in _functions_in(swap.new)]
    for other, node, names in decorated:
        for part in node.decorators:
            called = decorator_name(part)
            if called in names and (own or (inner and "(" in part.source)):
                batch.findings.reason(
                    RL205(name=node.qualname, decorator=called), other.tracked, node.qualname, node.line
                )


def _made_through(following: Derivation, call: calls.Call, source: str) -> None:
    """A decorator, default or base that calls changed code, or code that reads what changed, made a definition."""
    batch, work, node = following.batch, call.work, call.node
    done = False
    for part in node.decorators:
        called = decorator_name(part)
        if called not in call.names - call.direct and (called not in call.inner or "(" not in part.source):
            continue
        done = True
        if source:
            following.stale(work, node, node.qualname, source)
        else:
            batch.findings.reason(RL205(name=node.qualname, decorator=called), work.tracked, node.qualname, node.line)
    parts = [*node.decorators, *(part for _, part in node.bases)]
    for parameter, _, _, default in node.params:
        if default is not None and (work.tracked.name, node.line, parameter) not in batch.noted.defaults:
            parts.append(default)
    direct = {decorator_name(part) for part in node.decorators}
    if not done and any(calls_in(part.source, call.names - direct) for part in parts):
        following.stale(work, node, node.qualname, source or ", ".join(sorted(call.names)))


def _functions_in(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]
