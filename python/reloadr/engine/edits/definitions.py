"""Definitions that came, went, or are several of one name; classes with another header."""

from __future__ import annotations

from types import CodeType, FunctionType

from reloadr._core import Node
from reloadr.engine.classes import rebuild
from reloadr.engine.classes.collectors import collectors
from reloadr.engine.classes.rename import rename
from reloadr.engine.edits import lambdas, leftovers, names
from reloadr.engine.edits.running import after_definition
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import shifted
from reloadr.engine.registrations import handing
from reloadr.engine.registrations.known import may_register
from reloadr.engine.registrations.overloads import is_overload
from reloadr.live import locate
from reloadr.report.caveats import RL218
from reloadr.source.edits import Edit
from reloadr.source.statements import decorator_name, scope_of
from reloadr.stage.steps import MISSING


def added(walk: Walk, new: Node) -> None:
    """A function or class that is new: it runs where it stands, or lives on from the module that it moved from.

    def total(xs): ...                 # before
    def total(xs): ...                 # after
    def mean(xs): ...                  # runs once
    """
    batch = walk.batch
    live = walk.liveness(new)
    if live == "dead":
        return
    if batch.agenda.has_run(walk.tracked, new):
        return
    move = next((move for move in walk.moves if move.target is walk.work and move.node.line == new.line), None)
    if move is not None and move.node.qualname == new.qualname:
        move.carry_out(batch)
        return
    if accessor(new):
        run_chain(walk, new)
        return
    space = batch.worlds.space_of(walk.work, new)
    name = locate.bound_name(new)
    before = space.get(name)
    bound = handing.registering(batch, walk.work, new, lambda: run(batch, walk.work, new))
    batch.agenda.note_made(walk.tracked, new)
    after_definition(walk.batch, walk.work, new, bound)
    scope = scope_of(new)
    last = walk.liveness.live_binders(new.name or "", scope)
    if before is not MISSING and last and last[-1].line > new.line:
        # An overload: it was registered, the definition below it keeps the name.
        batch.stage.set(space, name, before)
    batch.findings.change("add", walk.tracked, new.qualname, new.line)


def accessor(new: Node) -> bool:
    """Whether a decorator refers to the name itself: `@x.setter`."""
    return any(part.source.startswith(f"{new.name}.") for part in new.decorators)


def run_chain(walk: Walk, new: Node) -> None:
    """Runs all definitions of a name again, in order, keeping the functions that live.

    @property                          # `size` is made of both: an edit of one runs both
    def size(self): ...
    @size.setter
    def size(self, value): ...
    """
    batch, work = walk.batch, walk.work
    scope = scope_of(new)
    if batch.agenda.has_run(walk.tracked, new):
        return
    nodes = walk.liveness.live_binders(new.name or "", scope)
    bound: dict[str, object] = {}
    for node in nodes:
        bound |= run(batch, work, node)
    after_definition(walk.batch, walk.work, new, bound)
    batch.findings.change("update", walk.tracked, new.qualname, new.line, "accessors")


def removed_definition(walk: Walk, old: Node) -> None:
    """A definition that went: its name is unbound, or means the one of that name that is left.

    @app.get("/")                      # before
    def index(): ...                   # after: gone, and said that `app` may still hold it
    """
    batch = walk.batch
    scope = scope_of(old)
    others = walk.liveness.live_binders(old.name or "", scope)
    if others:
        ran = any(walk.batch.agenda.has_run(walk.tracked, node) for node in others)
        if not ran and all(node.name for node in others) and (accessor(old) or _was_last(walk, old)):
            _means_the_last(walk, others[-1])
        if not accessor(old) and not is_overload(old):
            for function in _functions_of(walk, old) if may_register(walk.work, old) else ():
                _tell_where_left(walk, old, handing.removed(batch, walk.work, old, function))
        batch.findings.change("remove", walk.tracked, old.qualname, old.line)
        walk.unlearn(old)
        return
    left = handing.removed(batch, walk.work, old) if may_register(walk.work, old) or old.bases else []
    walk.unbind({locate.bound_name(old)}, old)
    walk.unlearn(old)
    batch.findings.change("remove", walk.tracked, old.qualname, old.line)
    if old.kind == "class":
        leftovers.told_of_class(walk, old)
    _tell_where_left(walk, old, left)


def _means_the_last(walk: Walk, new: Node) -> None:
    """The name of a definition that went means the last one that is left. `_` is nobody's name: what it stands for was
    registered as it was made, and is not made once more."""
    edit = next((each for each in walk.work.edits if each.new == new), None)
    line = new.line - shifted(walk.work, new.line) if edit is None else 0
    olds = [edit.old] if edit is not None else [*walk.tracked.outline.find(new.qualname)]
    was = next((each for each in olds if each is not None and (edit is not None or each.line == line)), None)
    living = _functions_of(walk, was) if was is not None and new.name == "_" else []
    if living:
        walk.batch.stage.set(walk.batch.worlds.space_of(walk.work, new), "_", living[-1])
    else:
        run_chain(walk, new)


def _functions_of(walk: Walk, old: Node) -> list[FunctionType]:
    """The functions of a definition whose name means another one: `def _` below `@show.register`."""
    heap = locate.search(_codes_of(walk, old) if old.kind == "function" else ())
    found = [function for functions in heap.functions.values() for function in functions]
    return [function for function in found if function.__code__.co_qualname == old.qualname]


def _tell_where_left(walk: Walk, old: Node, left: list[str] | None) -> None:
    """Names where a definition that went stays registered; None: where it may be."""
    batch = walk.batch
    if left is None:
        left = [old.qualname] if may_register(walk.work, old) and not _only_written_on(walk, old) else []
    for where in left:
        for name in [f"@{decorator_name(part)}" for part in old.decorators] or [part.source for _, part in old.bases]:
            batch.findings.reason(RL218(name=old.qualname, decorator=name), walk.tracked, where, old.line)


def _only_written_on(walk: Walk, old: Node) -> bool:
    """Whether the decorators of a class wrote on nothing but the class."""
    cls = locate.class_of(walk.tracked, old) if old.kind == "class" else None
    return cls is not None and all(
        each.is_confined(walk.batch.works) for each in collectors(walk.work, cls, old) if each.label.startswith("@")
    )


def _was_last(walk: Walk, old: Node) -> bool:
    """Whether the name is bound to this one of its definitions."""
    space = walk.batch.worlds.space_of(walk.work, old, old=True)
    value = space.live.get(old.name or "")
    codes = _codes_of(walk, old)
    return any(found.function.__code__ is code for found in locate.unwrap(value) for code in codes)


def _codes_of(walk: Walk, old: Node) -> list[CodeType]:
    """The code that the functions of a definition run."""
    # A swap is noted already, but need not be live yet.
    codes = [swap.old for swap in walk.batch.swaps if swap.edit.old == old and swap.work is walk.work]
    return [*codes, *names.codes_in(walk.batch.swaps, walk.work, old)]


def changed_class(walk: Walk, edit: Edit) -> None:
    """A class whose header changed, its name, or the block it stands in.

    class Cart: ...                    # before
    class Cart(Base): ...              # after: the same class object with another base, where that can be
    """
    assert edit.old is not None and edit.new is not None
    if "place" in edit.facets or edit.action == "renamed":
        alive = walk.liveness(edit.old, old=True) != "dead" and locate.class_of(walk.tracked, edit.old) is not None
        if alive and walk.liveness(edit.new) == "dead":
            removed_definition(walk, edit.old)
            return
        if not alive and walk.liveness(edit.new) != "dead":
            added(walk, edit.new)
            return
    if walk.liveness(edit.new) == "dead":
        return
    if edit.action == "renamed":
        rename(walk, edit)
        lambdas.renamed(walk, edit.old.qualname, edit.new.qualname)
    if set(edit.facets) - {"name", "place"}:
        rebuild.change_header(walk, edit)
