"""Functions that changed: in place where they can, run again where their decorators decide."""

from __future__ import annotations

import ast
import sys
from functools import partial
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Swap, Work
from reloadr.engine.classes import living
from reloadr.engine.edits import definitions
from reloadr.engine.edits.definitions import accessor
from reloadr.engine.edits.lambdas import give_code
from reloadr.engine.edits.running import after_definition, held_back
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.failures import compiled
from reloadr.engine.evaluate.reach import reachable
from reloadr.engine.evaluate.runner import run
from reloadr.engine.follow import noted, values
from reloadr.engine.functions.facets import settle_facets, take_defaults
from reloadr.engine.registrations import handing, kept, wrappers
from reloadr.engine.registrations.hand_on import hand_on
from reloadr.engine.registrations.known import TRANSPARENT, is_known, may_register
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL204, RL208
from reloadr.report.findings import NeedsRestart, Waiting
from reloadr.report.refusals import RL301
from reloadr.source.edits import Edit
from reloadr.source.statements import assigned_lambda, binders_in, decorator_name, scope_of
from reloadr.stage.steps import MISSING

#: What code that looks at signatures has to mention.
_SIGNATURE_WORDS = frozenset(
    {
        "signature",
        "Signature",
        "getfullargspec",
        "getcallargs",
        "get_type_hints",
        "get_annotations",
        "__annotations__",
        "__annotate__",
        "__defaults__",
        "__kwdefaults__",
        "__code__",
        "__signature__",
        "getattr",
        "vars",
    }
)


def function(walk: Walk, edit: Edit) -> None:
    """A function that changed: its living self gets the new code, with what else of it is another.

    def total(xs): return sum(xs)      # before
    def total(xs, tax=0): ...          # after: the same object, so whoever holds it runs this
    """
    batch, old, new = walk.batch, edit.old, edit.new
    assert old is not None and new is not None
    facets = set(edit.facets)
    swap = batch.swaps.of(edit)
    lives = swap is not None and bool(swap.living)
    if walk.liveness(new) == "dead":
        if "place" in facets and lives:
            definitions.removed_definition(walk, old)
    elif facets == {"place"} and lives:
        batch.findings.change("lines", walk.tracked, new.qualname, new.line)
    elif not lives and _did_not_run(walk, old):
        bound = run(batch, walk.work, new)
        after_definition(batch, walk.work, new, bound)
        batch.findings.change("add", walk.tracked, new.qualname, new.line)
    elif swap is None:
        if walk.liveness.at_work is not None:
            held_back(batch.findings, walk.liveness, new)
    elif _runs_again(walk, old, new, facets):
        _redecorate(walk, edit)
    else:
        _in_place(walk, edit, swap)


def _did_not_run(walk: Walk, old: Node) -> bool:
    """Whether the old definition stands in a branch that did not run."""
    # CPython 3.11 keeps the code objects of branches that it left out.
    return walk.liveness(old, old=True) == "dead" or (old.guards != [] and not _bound_here(walk, old))


def _runs_again(walk: Walk, old: Node, new: Node, facets: set[str]) -> bool:
    """Whether new code alone does not do, for what the decorators made depends on more."""
    register = any(decorator_name(part).endswith(".register") for part in new.decorators)
    if "decorators" in facets or (register and facets & {"signature", "annotations"}):
        return True
    if bool(facets & {"body", "signature", "defaults"}) and _is_compiled(walk, old):
        return True
    return may_register(walk.work, new) and handing.asked(walk.batch.worlds, walk.work, new, facets)


def _in_place(walk: Walk, edit: Edit, swap: Swap) -> None:
    batch, old, new = walk.batch, edit.old, edit.new
    assert old is not None and new is not None
    facets = set(edit.facets)
    kept.registering_defaults(batch, walk.work, edit, lambda: settle_facets(batch, swap))
    if edit.action == "renamed":
        _renamed(walk, edit)
    batch.findings.change("update", walk.tracked, new.qualname, new.line, ", ".join(edit.facets))
    if facets & {"signature", "annotations", "defaults"}:
        _signature(walk, edit)
    if new.name == "__init__" and new.scopes:
        living.lacking_attributes(batch.findings, batch.classes, walk.work, edit)
    if any(decorator_name(part).rpartition(".")[2] == "cached_property" for part in new.decorators):
        living.cached_values(batch.findings, walk.work, edit)
    if facets & {"body", "signature", "defaults"} and not edit.same:
        noted.changed_function(batch.noted, walk.work, new)


def _bound_here(walk: Walk, old: Node) -> bool:
    namespace = locate.namespace_of(walk.tracked, old)
    value = None if namespace is None else namespace.get(old.name or "")
    return any(found.function.__code__.co_firstlineno == old.code_line for found in locate.unwrap(value))


def _is_compiled(walk: Walk, old: Node) -> bool:
    """Whether what a decorator made runs code of its own, which the function's new code would not reach."""
    namespace = locate.namespace_of(walk.tracked, old)
    return namespace is not None and locate.is_dispatcher(namespace.get(locate.bound_name(old)))


def _signature(walk: Walk, edit: Edit) -> None:
    """Names decorators that may have read the signature, and makes calls of the function due for a check."""
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    for part in new.decorators:
        name = decorator_name(part)
        if not is_known(walk.work, name, TRANSPARENT) and _may_inspect(walk, name):
            walk.batch.findings.reason(RL204(name=new.qualname, decorator=name), walk.tracked, new.qualname, new.line)
    if "signature" in edit.facets or "defaults" in edit.facets:
        noted.signature_changed(walk.batch.noted, walk.work, edit)


def _may_inspect(walk: Walk, decorator: str) -> bool:
    """Whether a decorator may look at signatures: not, if it is the user's and mentions nothing of them."""
    value: object = walk.tracked.namespace.get(decorator)
    if not is_a(value, FunctionType) or not is_user_code(value.__code__.co_filename):
        return True
    names = reachable(walk.batch.works, walk.batch.stage, value.__code__, value.__globals__)
    return not names.isdisjoint(_SIGNATURE_WORDS)


def _redecorate(walk: Walk, edit: Edit) -> None:
    """Decorators that changed: the definition runs again, and who held the old object gets the new one.

    def total(xs): ...                 # before
    @cache                             # after
    def total(xs): ...
    """
    batch, work = walk.batch, walk.work
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    if accessor(new) or accessor(old) or _shared(work, new):
        definitions.run_chain(walk, new)
        return
    living = _living(walk, edit)
    if living is not None:
        bound = _handed_on(walk, edit, living)
    else:
        bound = handing.registering(batch, work, new, lambda: run(batch, work, new), again=True)
        take_defaults(batch.stage, batch.swaps, edit, bound.values())
    after_definition(walk.batch, walk.work, new, bound)
    if edit.action == "renamed":
        batch.findings.change("rename", walk.tracked, old.qualname, new.line, f"to {new.qualname}")
        walk.unbind({locate.bound_name(old)}, old)
    batch.findings.change("update", walk.tracked, new.qualname, new.line, ", ".join(edit.facets))
    if set(edit.facets) & {"signature", "defaults"}:
        noted.signature_changed(batch.noted, work, edit)
    if {"body", "signature"} & set(edit.facets):
        noted.changed_function(batch.noted, work, new)


def _handed_on(walk: Walk, edit: Edit, living: FunctionType) -> dict[str, object]:
    """Hands the function that lives to its decorators; what is bound then. Where they refuse, and nothing of them
    changed, it is bound as before and named."""
    batch, old, new, swap = walk.batch, edit.old, edit.new, walk.batch.swaps.of(edit)
    assert old is not None and new is not None and swap is not None
    name, space, before = locate.bound_name(new), batch.worlds.space_of(walk.work, old, old=True), _attributes(living)
    bound = was = space.get(locate.bound_name(old))
    with Waiting(partial(_kept, walk, edit, new)):
        bound = hand_on(batch, walk.work, (old, new), living, partial(_make_live, batch, swap))
    if bound is was and before != _attributes(living):
        # What reads one of them reads something else of the very same function.
        values.between(batch, walk.work, new.name or "", new.line, sys.maxsize)
    batch.stage.set(batch.worlds.space_of(walk.work, new), name, bound)
    batch.agenda.note_run(walk.tracked, new)
    return {name: bound}


def _kept(walk: Walk, edit: Edit, new: Node, needs: NeedsRestart) -> None:
    """Names what decorators made of a function before, and refuse to make of it now."""
    if {"decorators", "name"} & set(edit.facets):
        raise needs
    told = {"signature", "defaults", "annotations"} & set(edit.facets)
    for called in map(decorator_name, new.decorators):
        kind = RL204(name=new.qualname, decorator=called) if told else RL208(name=f"@{called} of {new.qualname}")
        walk.batch.findings.reason(kind, walk.tracked, new.qualname, new.line)


def _attributes(function: FunctionType) -> list[tuple[str, int]]:
    return [(name, id(value)) for name, value in function.__dict__.items()]


def _make_live(batch: Batch, swap: Swap) -> None:
    kept.registering_defaults(batch, swap.work, swap.edit, lambda: settle_facets(batch, swap))
    values.before_decorators(batch, swap.work, swap.edit.node)
    batch.flush()


def _living(walk: Walk, edit: Edit) -> FunctionType | None:
    """The one function that lives and can be handed to its decorators once more: it stays what it is to others."""
    swap = walk.batch.swaps.of(edit)
    if swap is None or len(swap.living) != 1 or edit.old is None:
        return None
    if edit.old.qualname in walk.tracked.altered or _is_compiled(walk, edit.old):
        return None
    function = swap.living[0].function
    # What is computed of a class compares its members before and after: they are to be two.
    known = not may_register(walk.work, edit.old) and not may_register(walk.work, edit.node)
    return None if known or "__isabstractmethod__" in function.__dict__ else function


def _shared(work: Work, new: Node) -> bool:
    """Whether the name is defined several times, as accessors and overloads are, but not as `_` is."""
    scope = scope_of(new)
    return new.name != "_" and len(binders_in(work.outline, new.name or "", scope)) > 1


def _renamed(walk: Walk, edit: Edit) -> None:
    """The same object under another name.

    def totl(xs): ...                  # before
    def total(xs): ...                 # after: `total` is the object that `totl` was
    """
    batch = walk.batch
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    space = batch.worlds.space_of(walk.work, old, old=True)
    was, name = locate.bound_name(old), locate.bound_name(new)
    if not any(space.owner is each for each in batch.classes.replacing):
        value = space.get(was)
        if value is MISSING:
            raise NeedsRestart(RL301(name=old.qualname, why="nothing is bound to that name"))
        batch.stage.set(space, name, value)
        walk.unbind({was}, old)
        wrappers.renamed(batch.journal, value, old.name or "", new.name or "")
    batch.findings.change("rename", walk.tracked, old.qualname, new.line, f"to {new.qualname}")


def changed_lambda(walk: Walk, edit: Edit) -> bool:
    """A lambda with another body: patched in place like a function; False where it is to run as a statement.

    double = lambda x: x + x           # before
    double = lambda x: 2 * x           # after: the same object
    """
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    if len(old.binds) != 1 or old.binds != new.binds:
        return False
    trees = [assigned_lambda(node.source) for node in (old, new)]
    if trees[0] is None or trees[1] is None or ast.dump(trees[0].args) != ast.dump(trees[1].args):
        return False
    if trees[0].args.defaults or trees[0].args.kw_defaults:
        return False
    space = walk.batch.worlds.space_of(walk.work, new)
    value = space.live.get(old.binds[0], MISSING)
    if not is_a(value, FunctionType) or value.__name__ != "<lambda>" or value.__closure__:
        return False
    if value.__code__.co_firstlineno != old.line and walk.tracked.in_step:
        return False
    code = compiled(walk.work, new)
    lambdas = [each for each in code.co_consts if getattr(each, "co_name", "") == "<lambda>"]
    if len(lambdas) != 1 or lambdas[0].co_freevars:
        return False
    give_code(walk, [value], value.__code__, lambdas[0])
    prefix = f"{new.qualname}." if new.qualname else ""
    walk.batch.findings.change("update", walk.tracked, prefix + old.binds[0], new.line, "body")
    return True
