"""What others took of a module that its `__getattr__` supplied, when that gives something else now.

def __getattr__(name):             # m: the body was edited, or a table that it reads
    return TABLE[name]
from m import LIMIT                # elsewhere: named
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType

from reloadr._core import keys_of
from reloadr.engine.batch import Batch, Swaps, Work, Works, Worlds
from reloadr.engine.evaluate.reach import reachable
from reloadr.engine.follow.readers import imports_of
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL206
from reloadr.source.edits import only_describes
from reloadr.source.snippets import quoted


def told(batch: Batch) -> None:
    """Names them; to ask again would run the module's code."""
    for tracked in [work.tracked for work in batch.works]:
        hook = tracked.namespace.get("__getattr__")
        if (
            is_a(hook, FunctionType)
            and hook.__globals__ is tracked.namespace
            and _gives_otherwise(batch.worlds, batch.swaps, hook)
        ):
            for work, line, name in _takers(batch.works, tracked):
                batch.findings.reason(RL206(name=name, source=f"{tracked.name}.__getattr__"), work.tracked, name, line)


def _gives_otherwise(worlds: Worlds, swaps: Swaps, hook: FunctionType) -> bool:
    """Whether it changed, or what it reads did."""
    if any(found.function is hook for swap in swaps if not only_describes(swap.edit.facets) for found in swap.living):
        return True
    changed = worlds.stage.before.get(id(hook.__globals__), {})
    return bool(changed) and not reachable(worlds.works, worlds.stage, hook.__code__, hook.__globals__).isdisjoint(
        changed
    )


def _takers(works: Works, tracked: Tracked) -> Iterator[tuple[Work, int, str]]:
    """Imports and assignments of other modules that took what the module does not hold itself: line and name."""
    for other in works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked):
        work = works.of(other)
        for full, name, bound, line in imports_of(work):
            if full == tracked.name and name not in ("", "as", "*", *tracked.namespace):
                yield work, line, bound
        handles = {f"{name}." for _, name in keys_of([other.namespace], tracked.module)}
        for node in work.outline.roots() if handles else ():
            if node.kind == "assignment" and any(_is_supplied(each, handles, tracked) for each in node.reads):
                yield work, node.line, "".join(node.binds[:1]) or quoted(node)


def _is_supplied(read: str, handles: set[str], tracked: Tracked) -> bool:
    """Whether a dotted name asks the module for what it does not hold."""
    asked = (read.removeprefix(each).partition(".")[0] for each in handles if read.startswith(each))
    return any(name not in tracked.namespace for name in asked)


__all__ = ["told"]
