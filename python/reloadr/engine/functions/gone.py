"""Functions that went while something runs them: it goes on to its end, and is named.

def work(): ...                    # at work in a thread, and gone from the file
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.live import locate
from reloadr.live.codes import all_codes, bare
from reloadr.live.kinds import is_a
from reloadr.report.at_work import RL201
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural

#: Of generators, coroutines and asynchronous generators: such may be suspended.
_SUSPENDED = 0x20 | 0x80 | 0x200

Runners = dict[int, dict[str, int]]
"""How many of each kind are on a code object, by its id."""


def count_gone(batch: Batch) -> None:
    """Finds what runs functions that go; says so once they have gone."""
    gone = [(work, node, codes) for work in batch.works for node, codes in _gone(work)]
    if not gone:
        return
    runners = _runners([code for _, _, codes in gone for code in codes])
    for work, node, codes in gone:
        found = [(code, runners[id(code)]) for code in codes if id(code) in runners]
        if found:
            batch.journal.afterwards.append(partial(_tell, batch.findings, batch.works, work, node, found))


def _gone(work: Work) -> Iterator[tuple[Node, list[CodeType]]]:
    """The definitions that go, with the code of all functions in each."""
    nodes = {
        edit.old.qualname: edit.old
        for edit in work.edits
        if edit.action == "removed" and edit.old is not None and edit.old.kind in ("function", "class")
    }
    if not nodes:
        return
    codes: dict[str, list[CodeType]] = {}
    for qualname, held in work.tracked.codes.items():
        parts = qualname.split(".")
        for end in range(1, len(parts) + 1):
            if (name := ".".join(parts[:end])) in nodes:
                codes.setdefault(name, []).extend([*held, *work.tracked.retired.of(qualname)])
    for name, found in codes.items():
        yield nodes[name], [each for code in found for each in all_codes(code)]


def _runners(codes: list[CodeType]) -> Runners:
    found: Runners = {}
    for key, stands in locate.running_frames({id(code) for code in codes}).items():
        found[key] = {"frame": len(stands)}
    suspended = [code for code in codes if code.co_flags & _SUSPENDED]
    for key, those in locate.search(suspended).runners.items():
        # Those at work just now are among the frames.
        counts: dict[str, int] = {}
        for runner in those:
            kind = type(runner).__name__.replace("_", " ")
            counts[kind] = counts.get(kind, 0) + 1
        found[key] = counts
    return found


def _tell(
    findings: Findings, works: Works, work: Work, node: Node, found: list[tuple[CodeType, dict[str, int]]]
) -> None:
    spaces = [locate.namespace_of(work.tracked, node), *(each.tracked.namespace for each in works)]
    codes = [code for code, _ in found]
    if any(_runs(space, node, codes) for space in spaces if space is not None):
        # Its name means it still, or it has moved.
        return
    counts: dict[str, int] = {}
    for _, each in found:
        for kind, count in each.items():
            counts[kind] = counts.get(kind, 0) + count
    words = " and ".join(plural(count, kind) for kind, count in counts.items())
    why = "it is gone from its file"
    findings.reason(RL201(name=node.qualname, count=words, why=why), work.tracked, node.qualname, node.line)


def _runs(space: dict[str, object], node: Node, codes: list[CodeType]) -> bool:
    value = space.get(locate.bound_name(node))
    if is_a(value, type):
        return node.kind == "class"
    known = [bare(code) for code in codes]
    living = [each for found in locate.unwrap(value) for each in all_codes(found.function.__code__)]
    return any(bare(each) in known for each in living)


__all__ = ["count_gone"]
