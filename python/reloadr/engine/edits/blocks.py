"""Blocks at module and class level: which branch runs now, and running one as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from reloadr._core import Node
from reloadr.engine.edits import conditions, definitions, removals, stores
from reloadr.engine.edits.running import held_back, hide_builtins, report_run
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import evidence
from reloadr.engine.evaluate.failures import compiled
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.follow import places, trying
from reloadr.engine.follow.places import CONTAINERS
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL208, RL214, RL217
from reloadr.report.findings import NeedsRestart, Rejected
from reloadr.report.refusals import RL301
from reloadr.source.edits import Edit
from reloadr.source.filling import built_upon
from reloadr.source.outlines import unit_of
from reloadr.source.snippets import REACHED, quoted, suite_alone
from reloadr.source.statements import (
    BLOCKS,
    definitions_in,
    fingerprints,
    has_statements,
    is_main_test,
    read_beside,
    scope_of,
)
from reloadr.stage.steps import MISSING


def block(walk: Walk, edit: Edit, new: Node) -> None:
    """A block whose header changed, or that is new: it runs as a whole, its definitions aside.

    if DEBUG: level = 10               # before
    if VERBOSE: level = 10             # after
    """
    batch = walk.batch
    if walk.liveness(new) == "dead":
        return
    if edit.action != "added" and _ran_as_main(walk, new):
        state = "ran as the main block"
        batch.findings.reason(RL214(name=quoted(new), state=state), walk.tracked, new.qualname, new.line)
        return
    if held_back(walk.batch.findings, walk.liveness, new):
        return
    if new.once and edit.old is not None:
        batch.findings.reason(RL217(name=quoted(new)), walk.tracked, new.qualname, new.line)
        return
    if not has_statements(new) and not _acts(walk, new):
        return
    asked = conditions.ask(walk, edit, new)
    if edit.old is not None and edit.old.kind == new.kind == "if":
        ran, runs = walk.liveness.taken(edit.old, old=True), walk.liveness.taken(new)
        if ran is not None and runs is not None and fingerprints(ran) == fingerprints(runs):
            # Only the conditions changed, and they decide as they did.
            _settle_reached(walk, new)
            if asked:
                batch.agenda.note_asked(walk.tracked, new)
                walk.unbind(set(edit.old.binds) - set(new.binds), edit.old)
            batch.findings.change("update", walk.tracked, new.qualname, new.line, "condition")
            return
        _name_filled_twice(walk, new, ran or [], runs or [])
    _run_whole(walk, edit, new)


def _run_whole(walk: Walk, edit: Edit, new: Node) -> None:
    walk.batch.agenda.note_run(walk.tracked, new)
    hide_builtins(walk.batch.worlds, walk.liveness, new)
    try:
        bound = _run_without_definitions(walk, new)
    except Rejected as rejected:
        if not tried(walk, new, rejected):
            raise
        return
    for node in inner_nodes(new):
        walk.batch.agenda.note_run(walk.tracked, node)
    report_run(walk.batch.findings, walk.tracked, new, bound)
    if edit.old is not None:
        # What a branch binds that was not taken is not there either; definitions are edits of their own.
        came = {*bound, *(node.name for node in definitions_in(new))}
        walk.unbind(set(edit.old.binds) - came, edit.old)
        stores.gone_with(walk, edit.old, new)
    _settle_reached(walk, new)


def _ran_as_main(walk: Walk, new: Node) -> bool:
    headers = [header.source for _, header, _ in new.branches if header is not None]
    is_main = new.kind == "if" and any(is_main_test(source) for source in headers)
    return is_main and walk.liveness.branch(new, 0) == "main"


def tried(walk: Walk, new: Node, rejected: Rejected) -> bool:
    """Whether a statement that raised stands in a `try` that may mean it to: then the whole block decides."""
    if not isinstance(rejected.error, Exception) or isinstance(rejected.error, SyntaxError):
        return False
    block = trying.guarding(new)
    if block is not None:
        run_block(walk, block, done=_done_above(walk, block, new))
    return block is not None


def _done_above(walk: Walk, block: Node, new: Node) -> list[Node]:
    """Unchanged lines of a `try` above one that raises: they have run, and what they do is not repeated."""
    edited = {(edit.new.line, edit.new.source) for edit in walk.work.edits if edit.new and edit.action != "formatted"}
    above = [each for each in block.branches[0][2] if each.end_line < new.line and not each.name]
    return [
        each
        for each in above
        if each.kind in ("assignment", "statement")
        and (each.line, each.source) not in edited
        and not node_is_pure(walk.batch.worlds, walk.work, each)
    ]


def fails_no_more(walk: Walk, new: Node) -> bool:
    """Whether a changed statement stands in a `try` that failed at load time: then the whole block decides."""
    for block, branch in new.guards:
        handlers = [at for at, (label, _, _) in enumerate(block.branches) if label == "except"]
        if block.kind == "try" and branch == 0 and any(walk.liveness.has_run(block, at) for at in handlers):
            run_block(walk, block)
            for each in _done_above(walk, block, new):
                # It may have been come by before.
                removals.cannot_undo(walk, each, each.line)
            return True
    return False


def run_block(walk: Walk, block: Node, own: Iterable[Node] = (), *, done: Iterable[Node] = ()) -> dict[str, object]:
    """Runs a block as a whole, for the sake of lines within it; with some new definitions of its own, and without lines
    that are done."""
    walk.batch.agenda.note_run(walk.tracked, block)
    bound = _run_without_definitions(walk, block, own, done)
    walk.batch.agenda.drop_within(walk.tracked, block)
    for node in inner_nodes(block):
        walk.batch.agenda.note_run(walk.tracked, node)
    _effects_within(walk, block, bound)
    left = {name for each in done for name in each.binds} | {node.name for node in definitions_in(block)}
    for name in set(block.binds) - bound.keys() - left if not block.scopes else ():
        if not _bound_beside(walk, block, name):
            walk.batch.stage.set(walk.work.space, name, MISSING)
    _settle_reached(walk, block)
    report_run(walk.batch.findings, walk.tracked, block, bound)
    return bound


def is_python(walk: Walk, new: Node) -> None:
    """What does not run now must be valid all the same: the next process compiles all of the file."""
    # Of a loop's `continue` only the whole loop can tell.
    whole = new.guards[0][0] if new.guards else new
    compiled(walk.work, new, unit_of(whole))


def inner_nodes(block: Node) -> list[Node]:
    """The statements and blocks within a block, its definitions aside."""
    found: list[Node] = []
    for _, _, suite in block.branches:
        for node in suite:
            found += [node, *inner_nodes(node)] if not node.name else []
    return found


def _acts(walk: Walk, block: Node) -> bool:
    """Whether a block that holds no statements does something all the same: by its headers."""
    if block.kind in ("with", "for") or set(block.binds) - {node.name for node in definitions_in(block)}:
        return True
    for label, header, suite in block.branches:
        if header is not None and label not in ("except", "case") and walk.liveness.truth(header.source) is None:
            return True
        if any(node.kind in BLOCKS and _acts(walk, node) for node in suite):
            return True
    return False


def _run_without_definitions(
    walk: Walk, block: Node, own: Iterable[Node] = (), done: Iterable[Node] = ()
) -> dict[str, object]:
    """Runs a block, and notes which of its definitions it came by: those are edits of their own, or live
    already."""
    fresh = _new_beside(walk, block) | {(node.line, node.name): node for node in own if node.name}
    left_out = [node for node in definitions_in(block) if (node.line, node.name) not in fresh]
    source = block.blanked([*left_out, *done], REACHED)
    if block in walk.liveness.chosen:
        source = suite_alone(block, source, walk.liveness.chosen[block])
    try:
        bound = places.run(walk.batch, walk.work, block, source=source)
    except Rejected as rejected:
        missing = getattr(rejected.error, "name", None)
        if isinstance(rejected.error, NameError) and any(node.name == missing for node in left_out):
            # The source is right: only a run of the block as a whole would have that definition.
            why = f"it uses {missing}, which it defines itself and which is not there any more"
            raise NeedsRestart(RL301(name=quoted(block), why=why)) from rejected
        raise
    for (line, name), node in fresh.items():
        walk.batch.agenda.note_run(walk.tracked, node)
        if name in bound:
            walk.batch.findings.change("add", walk.tracked, node.qualname, line)
    space = walk.batch.worlds.space_of(walk.work, block)
    notes = {name for name in bound if name.startswith(REACHED)}
    for name in notes:
        del bound[name]
        space.stage.pop(name, None)
    walk.liveness.reached[block] = {int(name.removeprefix(REACHED)) for name in notes}
    return bound


def _new_beside(walk: Walk, block: Node) -> dict[tuple[int, str | None], Node]:
    """The new definitions of a block where statements beside them use one: they run where they stand."""
    if block.scopes:
        return {}
    fresh: dict[tuple[int, str | None], Node] = {
        (edit.new.line, edit.new.name): edit.new
        for edit in walk.work.edits
        if edit.action == "added" and edit.new is not None and edit.new.name and not edit.new.scopes
        if any(guard.line == block.line for guard, _ in edit.new.guards)
    }
    used = read_beside(block)
    return fresh if any(name in used for _, name in fresh) else {}


def _settle_reached(walk: Walk, block: Node) -> None:
    """Binds unchanged definitions that stand in the branch which runs now, and unbinds those of the branch that ran
    before.

    if OLD: def f(): ...               # `OLD` became False
    else: def f(): ...                 # `f` is this one, word for word as it was
    """
    edited = {(edit.new.line, edit.new.name) for edit in walk.work.edits if edit.new is not None}
    for node in definitions_in(block):
        if (node.line, node.name) in edited:
            continue
        olds = [old for old in walk.tracked.outline.find(node.qualname) if old.fingerprint == node.fingerprint]
        alive = [old for old in olds if evidence.lives(walk.tracked, old, locate.bound_name(old))]
        # Told by the run of the block, if there was one.
        runs = walk.liveness(node) != "dead"
        if runs and not alive:
            definitions.added(walk, node)
        elif not runs and alive:
            definitions.removed_definition(walk, alive[0])


def _effects_within(walk: Walk, block: Node, bound: dict[str, object]) -> None:
    """Takes away what edited lines of a block had bound and its new run did not bind; names what else they did.

    try: import fast                   # before: bound `fast`
    try: import quick                  # after: `fast` is unbound
    """
    for edit in walk.work.edits:
        old = edit.old
        if old is not None and edit.action in ("removed", "changed") and not old.name and not old.scopes:
            inside = edit.new is None or any(guard.line == block.line for guard, _ in edit.new.guards)
            for name in old.binds if inside and old.guards else ():
                if name in block.binds and name not in bound and not _bound_beside(walk, block, name):
                    walk.batch.stage.set(walk.work.space, name, MISSING)
        if old is None or old.name or old.binds or old.kind != "statement" or edit.action == "formatted":
            continue
        if edit.new is None or any(guard.line == block.line for guard, _ in edit.new.guards):
            removals.cannot_undo(walk, old, block.line)


def _bound_beside(walk: Walk, block: Node, name: str) -> bool:
    """Whether a name is not there, or is bound by lines outside of a block."""
    inside = {(node.line, node.source) for node in [*inner_nodes(block), *definitions_in(block), block]}
    binders = walk.liveness.live_binders(name, scope_of(block))
    return name not in walk.work.space.live or any((node.line, node.source) not in inside for node in binders)


def _name_filled_twice(walk: Walk, new: Node, ran: list[Node], runs: list[Node]) -> None:
    """A caveat for containers that a block, which runs as a whole, put something into when it ran before."""
    space = walk.batch.worlds.space_of(walk.work, new)
    for node in ran:
        for name in {*node.binds, *node.reads}:
            made_anew = any(name in other.binds and not built_upon(other, name) for other in runs)
            if is_a(space.get(name), *CONTAINERS) and built_upon(node, name) and not made_anew:
                walk.batch.findings.reason(RL208(name=quoted(node)), walk.tracked, node.qualname, new.line)
