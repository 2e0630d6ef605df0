"""Facts that handlers note while edits are carried out, for when all files are through."""

from __future__ import annotations

from reloadr._core import Node
from reloadr.engine.batch import Notes, Work, Worlds
from reloadr.engine.evaluate.worlds import evaluate, is_pure, old_world
from reloadr.source.edits import Edit
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING


def removed_name(noted: Notes, work: Work, old: Node, name: str, value: object) -> None:
    """A name of a module was unbound: who imported it is named once all files are through."""
    if not old.scopes:
        noted.removed.append((work, old, name, value))


def transient_value(worlds: Worlds, work: Work, old: Node) -> None:
    """What a name held that is deleted again further down: what was computed from it can be followed then."""
    if len(old.binds) != 1 or old.scopes or old.binds[0] in work.space.live:
        return
    value = value_of(old)
    before = worlds.stage.before.setdefault(id(work.space.owner), {})
    if value is None or old.binds[0] in before:
        return
    world = old_world(worlds, work, old)
    if is_pure(worlds.works, value, world):
        found = evaluate(value, world, work.tracked.filename)
        if found is not MISSING:
            before[old.binds[0]] = found


def changed_function(noted: Notes, work: Work, new: Node) -> None:
    """What a function does when called changed: matters to what called it while modules were loaded."""
    if not new.scopes:
        noted.changed_functions.append((work, new))


def signature_changed(noted: Notes, work: Work, edit: Edit) -> None:
    """Call sites are checked once all files are through."""
    noted.signatures.append((work, edit))
