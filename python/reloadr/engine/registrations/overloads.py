"""`typing.get_overloads` gives the overloads that the source has: one that went is forgotten, others keep their order.

@overload
def load(x: int) -> int: ...
@overload
def load(x: str) -> str: ...       # removed: `typing` would remember it
def load(x): return x
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

from reloadr._core import Node, Outline
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.source.statements import decorator_name
from reloadr.stage.steps import DICT, MISSING

__all__ = ["edited", "is_overload", "noted"]

_Table = dict[int, Any]


def is_overload(node: Node | None) -> bool:
    """Whether a definition is one of several forms of a function."""
    return node is not None and any(decorator_name(part).rpartition(".")[2] == "overload" for part in node.decorators)


def edited(work: Work) -> set[str]:
    """The functions whose overloads an edit is about, by qualified name."""
    both = [(edit.old, edit.new) for edit in work.edits if edit.action != "formatted"]
    found = {node.qualname for pair in both for node in pair if node is not None and is_overload(node)}
    if work.reordered:
        before, after = _prints(work.tracked.outline), _prints(work.outline)
        found |= {name for name in before.keys() & after.keys() if before[name] != after[name]}
    return found


def _prints(outline: Outline) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for node in outline.nodes():
        if is_overload(node):
            found.setdefault(node.qualname, []).append(node.fingerprint)
    return found


def noted(batch: Batch, work: Work, liveness: Liveness) -> Callable[[], None]:
    """What brings the tables of `typing` in step, to be called once the edits of a module are carried out."""
    tables = {name: table for name in edited(work) if (table := _table(work, name)) is not None}
    before = {name: dict(table) for name, table in tables.items()}
    return partial(_settle, batch, liveness, before)


def _table(work: Work, qualname: str) -> _Table | None:
    known: Any = getattr(typing, "_overload_registry", None)
    return known[work.tracked.name][qualname] if known is not None else None


def _settle(batch: Batch, liveness: Liveness, before: dict[str, _Table]) -> None:
    for qualname, was in before.items():
        table = _table(liveness.work, qualname)
        assert table is not None
        wanted = dict(_forms(liveness, qualname, was, dict(table)))
        # What ran has written there already: it becomes live, or is taken back, with the rest.
        table.clear()
        table.update(was)
        if list(was.items()) != list(wanted.items()):
            batch.stage.steps += [(DICT, table, line, MISSING) for line in was]
            batch.stage.steps += [(DICT, table, line, function) for line, function in wanted.items()]


def _forms(liveness: Liveness, qualname: str, was: _Table, now: _Table) -> Iterator[tuple[int, FunctionType]]:
    """The overloads that the new source has, in its order."""
    held = {id(function) for function in was.values()}
    for node in liveness.work.outline.find(qualname):
        if is_overload(node) and liveness(node) != "dead":
            fresh = [each for each in now.values() if id(each) not in held and _line(each) == node.line]
            kept = [each for each in was.values() if _line(each) == _line_before(liveness.work, node)]
            yield from ((node.line, each) for each in (fresh or kept)[:1])


def _line(function: Any) -> int:
    return int(getattr(function, "__func__", function).__code__.co_firstlineno)


def _line_before(work: Work, node: Node) -> int:
    for edit in work.edits:
        if edit.new == node:
            return edit.old.line if edit.old is not None else 0
    for first, last, delta in work.diff.shifts:
        if first + delta <= node.line <= last + delta:
            return node.line - delta
    return node.line
