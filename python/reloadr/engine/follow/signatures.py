"""Signatures that changed: the calls in watched modules that no longer fit are named. The core finds them
(`src/parse/calls.rs`); here is who may call, and what their imports bind."""

from __future__ import annotations

from reloadr._core import Node, Outline, broken_calls, word_of_broken_calls
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow.readers import imports_of, watched
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL212

#: A module that may call: its name, its text, and what its imports bind.
Source = tuple[str, Outline, dict[str, tuple[str, str]]]


def check_signatures(batch: Batch) -> None:
    """Names the calls in watched modules that bound before and would raise now.

    def total(cart, rate): ...         # before: def total(cart): ...
    total([1, 2])                      # named, with what Python would say
    """
    for work, edit in batch.noted.signatures:
        assert edit.old is not None and edit.new is not None
        for module, qualname, line, why in _broken(batch.works, work, edit.old, edit.new):
            other = watched(batch.works, module)
            if other is not None:
                batch.findings.reason(RL212(name=edit.new.qualname, why=why), other, qualname, line)


def _broken(works: Works, work: Work, old: Node, new: Node) -> list[tuple[str, str, int, str]]:
    home = work.tracked.name
    word = word_of_broken_calls(home, old, new)
    if word is None:
        return []
    callers = [each for each in works.watched if each is work.tracked or works.mentions(each, [word])]
    return broken_calls(home, old, new, [_source(works, each) for each in callers])


def _source(works: Works, tracked: Tracked) -> Source:
    work = works.of(tracked)
    imported: dict[str, tuple[str, str]] = {}
    for full, name, bound, _ in imports_of(work):
        if name != "*":
            imported[bound] = (full, "" if name == "as" else name)
    return tracked.name, work.outline, imported
