"""The end of a batch: the last commit, line numbers, migrations, and the calls that had to wait for it."""

from __future__ import annotations

import itertools
import sys
from functools import partial

from reloadr._core import Node, instances
from reloadr.engine.batch import Batch, ClassNotes, Swaps, Work, Worlds
from reloadr.engine.classes import ordering
from reloadr.engine.edits import attribute_order, descent
from reloadr.engine.follow import name_order
from reloadr.hooks import Migrate, Migration
from reloadr.live import locate
from reloadr.live.codes import inner_codes
from reloadr.live.kinds import is_a
from reloadr.live.module import move_each
from reloadr.report.findings import Findings, Rejected
from reloadr.report.reasons import Reason, plural
from reloadr.report.refusals import RL404
from reloadr.stage.journal import Journal
from reloadr.stage.steps import CODE, MISSING


def finish(batch: Batch) -> None:
    """Commits the rest, migrates instances, and makes the calls that had to wait for it."""
    if sys.version_info >= (3, 13):
        if batch.classes.reidentified:
            # Classes are found by the names that they have by then.
            batch.flush()
        _class_lines(batch.worlds, batch.classes)
    batch.flush()
    ordering.settle(batch.works, batch.journal, batch.classes.orders)
    name_order.settle(batch)
    attribute_order.settle(batch)
    descent.settle(batch)
    _move_lines(batch)
    for work, node, cls, hook, added, removed in batch.classes.migrations:
        migrate(batch.findings, batch.journal, work, node, cls, hook, added, removed)
    batch.journal.finish()
    _retire(batch.journal, batch.swaps)
    # What is kept for `undo` holds no code objects beside those of its swaps: see `_known_references`.
    batch.swaps.previous = ()
    for swap in batch.swaps:
        swap.nested, swap.living, swap.before = [], (), []
    # It knows the batch: together they would keep texts and outlines until the collector comes round.
    batch.noted.derivation = None
    batch.noted.asking.clear()
    batch.noted.coming.clear()
    batch.works.readers.clear()
    batch.works.reached.clear()
    batch.agenda.close()


def _retire(journal: Journal, swaps: Swaps) -> None:
    """Notes the code that the changed functions ran until now: something may be on it still."""
    undo: dict[int, int] = {}
    for kind, target, _, value in itertools.chain.from_iterable(journal.commits):
        if kind == CODE:
            for key in (id(value[0]), id(target)):  # type: ignore[index]
                undo[key] = undo.get(key, 0) + 1
    for swap in swaps:
        old, new, retired = swap.edit.old, swap.edit.new, swap.work.tracked.retired
        if old is not None and new is not None and not swap.revoked:
            retired.rename(old.qualname, new.qualname)
            retired.add(new.qualname, [swap.old, *inner_codes(swap.old)])
            swap.kept = undo.get(id(swap.old), 0)
            swap.kept_functions = {key: undo.get(key, 0) for key in (id(found.function) for found in swap.living)}


def _class_lines(worlds: Worlds, classes: ClassNotes) -> None:
    """From 3.13 on a class knows its line, and what its methods set on `batch`."""
    for work in worlds.works:
        if not work.diff.shifts and not any(edit.node.scopes or edit.node.kind == "class" for edit in work.edits):
            continue
        for qualname, line, stores in work.outline.class_lines():
            cls = locate.class_at(work.tracked, work.space.get(qualname.partition(".")[0]), qualname)
            if cls is None:
                continue
            own = locate.class_dict(cls)
            # The interpreter drops it from a class that gets another module.
            if own.get("__firstlineno__", MISSING if classes.reidentified else line) != line:
                worlds.stage.set(worlds.stage.class_space(cls), "__firstlineno__", line)
            held = own.get("__static_attributes__")
            if is_a(held, tuple) and set(held) != set(stores):
                worlds.stage.set(worlds.stage.class_space(cls), "__static_attributes__", tuple(stores))


def _move_lines(batch: Batch) -> None:
    """What only moved follows its lines, without being found: see `_core.shift`."""
    for work in batch.works:
        tracked = work.tracked
        if not tracked.in_step or not work.complete:
            moved = tracked.align_lines(work.outline)
            batch.journal.on_undo.append(partial(move_each, [(code, -delta) for code, delta in moved]))
            continue
        shifts = work.diff.shifts
        if not shifts:
            continue
        tracked.move_lines(shifts, batch.fresh)
        # In the order of their lines: reordered definitions cross each other.
        back = sorted((first + delta, last + delta, -delta) for first, last, delta in shifts)
        fresh = batch.fresh
        batch.journal.on_undo.append(partial(tracked.move_lines, back, fresh))


def migrate(
    findings: Findings,
    journal: Journal,
    work: Work,
    node: Node,
    cls: type,
    hook: Migrate,
    added: frozenset[str],
    removed: frozenset[str],
) -> None:
    living = instances([cls], True)
    for instance in living:
        attributes = locate.attributes_of(instance)
        before = dict(attributes) if attributes is not None else {}
        if attributes is not None:
            journal.on_undo.append(partial(_restore, attributes, before))
        try:
            hook(instance, Migration(added, removed, before))
        except Exception as error:
            text = f"the migration of {cls.__qualname__} raised {type(error).__name__}: {error}"
            reason = Reason.of(
                RL404(error=text),
                module=work.tracked.name,
                qualname=cls.__qualname__,
                path=work.tracked.path,
                line=node.line,
            )
            raise Rejected(reason, error) from error
    if living:
        findings.change("migrate", work.tracked, cls.__qualname__, node.line, plural(len(living), "instance"))


def _restore(attributes: dict[str, object], before: dict[str, object]) -> None:
    """Gives an instance the attributes that it had."""
    attributes.clear()
    attributes.update(before)
