"""The names of a module stand in the order of its source: who goes through them meets them as in a fresh process.

def build(): ...
def check(): ...                   # new: comes before `ship`, not last
def ship(): ...
NAMES = [name for name in list(globals()) if name[0] != "_"]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from types import ModuleType

from reloadr._core import Node, reorder
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.imports import star
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.sequence import changed_places
from reloadr.engine.order import load_order
from reloadr.live.module import Tracked
from reloadr.live.origin import absolute
from reloadr.stage.steps import MISSING

__all__ = ["is_told", "settle"]


def settle(batch: Batch) -> None:
    """To be called with all of it live."""
    found = {tracked.name: tracked for tracked in _with_others(batch)}
    # Who has all of another by `import *` has it in the order of that.
    ranks = load_order(batch.works, set(found)) if len(found) > 1 else {}
    for tracked in sorted(found.values(), key=lambda each: ranks.get(each.name, 0)):
        now = list(tracked.namespace)
        wanted = _wanted(batch, tracked) or now
        first = next((at for at, pair in enumerate(zip(now, wanted, strict=True)) if pair[0] != pair[1]), len(now))
        if first < len(now):
            reorder(ModuleType, tracked.namespace, wanted[first:])
            batch.journal.on_undo.append(partial(_put_back, tracked.namespace, now[first:]))


def _with_others(batch: Batch) -> Iterator[Tracked]:
    """The modules that have other names now, or in another order."""
    for owner, names in batch.stage.before.items():
        if any(value is MISSING for value in names.values()) and owner in batch.works.namespaces:
            yield batch.works.namespaces[owner]
    for work in batch.works:
        if work.reordered:
            yield work.tracked


def is_told(batch: Batch, tracked: Tracked) -> bool:
    """Whether the order in which a fresh process has the names of a module is known, and they stand in it."""
    wanted = _wanted(batch, tracked)
    return wanted is not None and wanted == list(tracked.namespace)


def _wanted(batch: Batch, tracked: Tracked) -> list[str] | None:
    """All names of a module in the order of its source; None where that cannot be told."""
    work, now = batch.works.of(tracked), list(tracked.namespace)
    before = batch.stage.before.get(id(tracked.namespace), {})
    there = {name for name in now if before.get(name) is not MISSING}
    bound = [name for name in _bound(batch, work) if name in tracked.namespace]
    known = set(bound)
    first = next((at for at, name in enumerate(now) if name in known), len(now))
    others = [name for name in now[first:] if name not in known]
    if not all(type(name) is str for name in now) or any(name[:2] != "__" for name in others):
        # No line tells where it stands.
        return None
    moved = _moved(work) if work.reordered else set()
    stay = [name for name in bound if name in there and name not in moved]
    if stay != [name for name in now if name in known & there and name not in moved]:
        # Something else has a say in it.
        return None
    return [*now[:first], *bound, *others]


def _moved(work: Work) -> set[str]:
    return {name for node, _ in changed_places(work) for name in _names(node)}


def _bound(batch: Batch, work: Work) -> list[str]:
    """The names that the lines of a module bind, as they first do."""
    found: dict[str, None] = {}
    liveness = derivation_of(batch).walk(work).liveness
    for node in work.outline.nodes():
        if node.scopes or liveness(node) != "live":
            continue
        if node.source.startswith("del "):
            for name in node.binds:
                found.pop(name, None)
        elif ":=" in node.segment and not node.name and len(node.binds) > 1:
            # Those of its operators come before its targets, wherever they are written.
            continue
        elif node.branches and not node.name:
            found |= dict.fromkeys(_of_header(node))
        else:
            found |= dict.fromkeys(_offered(batch, work, node) if node.kind == "from" else _names(node))
    return list(found)


def _of_header(block: Node) -> Iterator[str]:
    """The names that a block binds beside those of its suites."""
    within = {name for _, _, suite in block.branches for node in suite for name in _names(node)}
    return (name for name in block.binds if name not in within)


def _offered(batch: Batch, work: Work, node: Node) -> Iterator[str]:
    for module, name, bound in node.imported:
        if name != "*":
            yield bound
            continue
        try:
            loaded = sys.modules.get(absolute(work.tracked.namespace, module))
        except ImportError:
            continue
        yield from star(batch.stage, loaded) if loaded is not None else ()


def _names(node: Node) -> list[str]:
    return [node.name] if node.name else node.binds


def _put_back(held: dict[str, object], names: list[str]) -> None:
    reorder(ModuleType, held, [name for name in names if name in held])
