"""Taking names away that the source does not bind any more, and forgetting the code of definitions that went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, ModuleType

from reloadr._core import Node
from reloadr.engine.annotations import of_scopes
from reloadr.engine.batch import Batch, Swaps, Work
from reloadr.engine.evaluate.imports import brings_all, star
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.follow import noted
from reloadr.live.kinds import is_a, is_lazy_import
from reloadr.live.origin import absolute
from reloadr.source.statements import mangled, scope_of
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

_MODULE_NAMES = frozenset(
    {"__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__", "__builtins__", "__cached__"}
)


def unbind(batch: Batch, liveness: Liveness, names: set[str], old: Node, *, moved: bool = False) -> set[str]:
    """Takes names away that no statement of the new source binds any more; returns those that one still binds.

    import json                        # before
                                       # after: `json` is unbound, if it still is what was imported
    """
    work = liveness.work
    scope = scope_of(old)
    bound: set[str] = set()
    space = batch.worlds.find_space(work, old, old=True)
    if space is None or any(space.owner is each for each in batch.classes.replacing):
        return bound
    for name in sorted(names):
        if not moved and liveness.live_binders(name, scope):
            bound.add(name)
            continue
        if is_a(space.owner, type):
            name = mangled(name, scope.rpartition(".")[2])
        if space.stage.get(name, MISSING) is not MISSING:
            continue
        if not scope and (work.tracked.name, name) in batch.noted.by_globals:
            continue
        value = space.live.get(name, MISSING)
        if value is MISSING:
            continue
        if old.kind in ("import", "from") and not is_what_was_imported(batch.stage, work, old, name, value):
            continue
        if is_a(value, ModuleType) and sys.modules.get(f"{work.tracked.name}.{name}") is value:
            # The import system binds a submodule in its package, whoever imported it.
            continue
        if name == "__doc__" or (is_a(space.owner, dict) and name in _MODULE_NAMES):
            batch.stage.set(space, name, None if name == "__doc__" else value)
            continue
        left = MISSING if scope else _brought_by_star(batch, liveness, name)
        if left is not value:
            batch.stage.set(space, name, left)
        if not moved and left is MISSING:
            noted.removed_name(batch.noted, work, old, name, value)
    return bound


def _brought_by_star(batch: Batch, liveness: Liveness, name: str) -> object:
    """What a name means that no line of the new source binds by itself, but an `import *` does.

    from base import *                 # `base` has `os`
    import os                          # removed: `os` stays
    """
    found: object = MISSING
    for node in liveness.work.outline.nodes():
        if node.kind == "from" and not node.scopes and brings_all(node) and liveness(node) != "dead":
            for module, _, _ in node.imported:
                loaded = sys.modules.get(absolute(liveness.work.tracked.namespace, module))
                if loaded is not None:
                    found = star(batch.stage, loaded).get(name, found)
    return found


def is_what_was_imported(stage: Stage, work: Work, old: Node, name: str, value: object) -> bool:
    """Whether a name still means what an import of the old source bound it to."""
    for module, imported, bound in old.imported:
        if bound != name:
            continue
        try:
            loaded = sys.modules.get(absolute(work.tracked.namespace, module))
        except ImportError:
            return True
        if is_lazy_import(value):
            return True
        if not imported:
            return value is sys.modules.get(module.partition(".")[0])
        if imported == "as":
            return value is loaded
        if loaded is None or is_a(value, ModuleType):
            return True
        # There the name may mean something else already, by this batch.
        before = stage.before.get(id(loaded.__dict__), {})
        was = before.get(imported, loaded.__dict__.get(imported, MISSING))
        return was is MISSING or was is value
    return True


def unlearn(batch: Batch, work: Work, old: Node) -> None:
    """Forgets the code of a definition that is gone."""
    batch.unlearn(work.tracked, list(codes_in(batch.swaps, work, old)))


def codes_in(swaps: Swaps, work: Work, old: Node) -> Iterator[CodeType]:
    """The code objects of a definition, of all methods if it is a class."""
    if old.kind == "class":
        for member in old.members:
            if member.name:
                yield from codes_in(swaps, work, member)
        annotate = of_scopes.code_of_class(work.tracked, old)
        if annotate is not None:
            yield annotate
    else:
        swap = next((swap for swap in swaps if swap.work is work and swap.edit.old == old), None)
        code = work.tracked.code_of(old) if swap is None else swap.new
        annotate = work.tracked.annotate_code_of(old) if swap is None else swap.annotate
        yield from (each for each in (code, annotate) if each is not None)
