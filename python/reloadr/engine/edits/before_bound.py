"""Lines that come to read a name before a line has bound it: a fresh process ends there, whatever this one still has.

LIMIT = size() + 1                 # moved above `def size()`: the save is rejected, as one that raises is
def size(): return 3
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node, Outline
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.failures import failure
from reloadr.source.too_early import read_too_early

__all__ = ["check"]


def check(batch: Batch) -> None:
    """To be called before anything is prepared. Raises Rejected."""
    for work in batch.works:
        if not work.complete:
            # What is left out may be what would bind it.
            continue
        for node, name in read_too_early(work.outline, list(_looked_at(work))):
            if not _was_so(work.tracked.outline, node, name):
                line = min(each.line for each in work.outline.binders({name}, ""))
                error = NameError(f"name {name!r} is not defined here: line {line}, below, binds it")
                raise failure(batch.swaps, batch.noted, work, node, error) from error


def _looked_at(work: Work) -> Iterator[Node]:
    """The lines that may read something else than they did, or at another place."""
    edits = [edit for edit in work.edits if edit.action != "formatted" and edit.facets != ["body"]]
    if work.reordered:
        yield from work.outline.roots()
        return
    for edit in edits:
        if edit.new is not None:
            yield edit.new
    olds = [edit.old for edit in edits if edit.old is not None]
    names = {name for old in olds if not old.scopes for name in (*old.binds, *filter(None, [old.name]))}
    if names:
        yield from work.outline.readers(names)


def _was_so(outline: Outline, node: Node, name: str) -> bool:
    """Whether the source that runs is no better there."""
    found = outline.find(node.qualname) if node.name else [each for each in outline.roots() if _alike(each, node)]
    return any(each == name for _, each in read_too_early(outline, found))


def _alike(old: Node, new: Node) -> bool:
    return old.kind == new.kind and (old.binds == new.binds if new.binds else old.fingerprint == new.fingerprint)
