"""What a statement writes in containers beside what it binds, under the journal: an edit taken back leaves none of it.

fill(ROUTES)                       # new: `undo()` takes out of `ROUTES` what the call put in
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.registrations.reach import Reach
from reloadr.engine.registrations.recording import Recording, take_back
from reloadr.engine.registrations.roots import roots_of
from reloadr.live.codes import all_codes, calls_something
from reloadr.report.findings import NeedsRestart


@contextmanager
def journalled(batch: Batch, work: Work, node: Node, code: CodeType) -> Iterator[None]:
    """Around the run of a statement: what changed in the containers that its code can reach is taken back with the
    batch, and when it raises."""
    recording = _recording(batch, work, node, code)
    try:
        yield
    finally:
        changed = recording.changed() if recording is not None else []
        batch.regrown(batch, work, node, changed)
        for growth in changed:
            batch.journal.on_undo.append(partial(take_back, growth.place, growth.before, growth.after))


def _recording(batch: Batch, work: Work, node: Node, code: CodeType) -> Recording | None:
    if not any(calls_something(each) for each in all_codes(code)):
        return None
    if node.kind == "assignment" and _is_pure(batch, work, node):
        return None
    names = {name for each in all_codes(code) for name in each.co_names}
    roots = roots_of(batch, work, node, {*node.reads, *names})
    return Recording(Reach(roots.items())) if roots else None


def _is_pure(batch: Batch, work: Work, node: Node) -> bool:
    try:
        return node_is_pure(batch, work, node)
    except NeedsRestart:
        return False


__all__ = ["journalled"]
