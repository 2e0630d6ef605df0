"""A class is made anew: built beside the living one, and grafted onto it or put in its place."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import partial
from types import CodeType

from reloadr._core import Node
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import bases, enums, graft, living
from reloadr.engine.classes.host import Host
from reloadr.engine.classes.kinds import is_generated, with_nested
from reloadr.engine.classes.making import make
from reloadr.engine.classes.plan import Plan
from reloadr.engine.classes.replace import replace
from reloadr.engine.classes.taking import Taking
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import function_codes
from reloadr.source.edits import Edit


def carry_out(module: Host, plan: Plan) -> None:
    """Makes a class anew, once, on the first of the plan's edits. Raises NeedsRestart or Rejected."""
    if plan.done:
        return
    plan.done = True
    batch, work, new = module.batch, module.work, plan.new
    made, code = make(batch, work, plan)
    put(Taking(batch, work, plan), made)
    batch.classes.regenerated.append((work, new))
    batch.journal.afterwards.append(partial(_learn, batch, work, plan, code))
    for edit in plan.edits:
        if edit.action == "removed" and edit.old is not None and edit.old.name:
            module.unlearn(edit.old)
    batch.agenda.note_run(work.tracked, new)
    batch.findings.change("rebuild", work.tracked, new.qualname, new.line, _what(plan.edits, new))


def put(taking: Taking, made: object) -> bool:
    """Grafts onto the living class what its statement gives now; where that cannot be, puts it in the class's place,
    and returns False."""
    cls = taking.cls
    if not is_a(made, type):
        why = "its decorators now give something else"
    elif is_a(made, enum.EnumMeta) and is_a(cls, enum.EnumMeta):
        why = enums.why_not(cls, made)
        if not why:
            enums.graft(taking, made)
    else:
        why = graft.why_not(taking.batch.works, taking.batch.stage, cls, made)
        if not why:
            graft.graft(taking, made)
            taking.batch.classes.orders[id(cls)] = [name for name in locate.class_dict(made) if name[:2] != "__"]
    if why:
        replace(taking, made, why)
        return False
    living.lacking_fields(taking.batch, taking.work, taking.plan.new, cls)
    return True


def _learn(batch: Batch, work: Work, plan: Plan, code: CodeType) -> None:
    """Once it is live: which of the new class's code objects are those that its functions run."""
    cls: object = plan.cls
    namespace: Mapping[str, object] = work.tracked.namespace
    for name in plan.new.qualname.split("."):
        cls = namespace.get(name)
        if not is_a(cls, type):
            return
        namespace = locate.class_dict(cls)
    assert is_a(cls, type)
    functions = [
        found.function
        for each in with_nested(cls)
        for value in list(locate.class_dict(each).values())
        for found in locate.unwrap(value)
    ]
    # What gives their annotations stands beside them, from CPython 3.14 on: its lines move as theirs do.
    functions += [each for each in map(of_functions.annotate_of, functions) if each is not None]
    run = {id(each.__code__) for each in functions}
    batch.learn(work.tracked, [each for each in function_codes(code) if id(each) in run])


def regenerate(module: Host, node: Node) -> None:
    """A generated class whose base was built anew takes its part from the base again."""
    cls = locate.class_of(module.tracked, node)
    if cls is None:
        return
    if is_generated(cls):
        carry_out(module, Plan.of_itself(cls, node))
    elif any("[" in part.source for keyword, part in node.bases if keyword is None):
        rebase(module, node, cls)


def rebase(module: Host, node: Node, cls: type) -> None:
    """An unchanged class gets what the names of its bases mean now, itself or by being made anew."""
    plan = bases.rebase(module, node, cls)
    if plan is not None:
        carry_out(module, plan)


def change_header(module: Host, edit: Edit) -> None:
    """A class gets the bases of its new header, itself or by being made anew."""
    plan = bases.change_header(module, edit)
    if plan is not None:
        carry_out(module, plan)


def _what(edits: list[Edit], new: Node) -> str:
    words: list[str] = [] if edits else ["order"]
    for edit in edits:
        node = edit.new or edit.old
        assert node is not None
        if node.qualname == new.qualname and node.kind == "class":
            words += edit.facets
        else:
            words += [name for name in node.binds if name not in words]
    return ", ".join(words)


__all__ = ["carry_out", "change_header", "put", "rebase", "regenerate"]
