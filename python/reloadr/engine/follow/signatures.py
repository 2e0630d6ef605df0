"""Signatures that changed: the calls in watched modules that no longer fit are named. The core finds them
(`src/parse/calls.rs`); here is who may call, and what their imports bind."""

from __future__ import annotations

from reloadr._core import Node, Outline, broken_calls, word_of_broken_calls
from reloadr.engine.batch import Batch, Notes, Works
from reloadr.engine.follow.readers import imports_of, watched
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL212
from reloadr.source.edits import Edit

#: A module that may call: its name, its text, and what its imports bind.
Source = tuple[str, Outline, dict[str, tuple[str, str]]]
#: A function whose signature changed: its module, what it was and what it is.
Function = tuple[str, Node, Node]


def check_signatures(batch: Batch) -> None:
    """Names the calls in watched modules that bound before and would raise now.

    def total(cart, rate): ...         # before: def total(cart): ...
    total([1, 2])                      # named, with what Python would say
    """
    works = batch.works
    functions = changed(batch.noted)
    # Edits of many functions at once are one question: their callers' texts are taken apart once.
    callers: dict[str, Tracked] = {}
    for _, (module, _, _), word in functions:
        home = works.listed.by_name[module]
        callers |= {each.name: each for each in [home, *works.mentioning([word], beside=home)]}
    found = broken_calls([each for _, each, _ in functions], [_source(works, each) for each in callers.values()])
    for number, module, qualname, line, why in found:
        edit, other = functions[number][0], watched(works, module)
        if other is not None and edit.new is not None:
            batch.findings.reason(RL212(name=edit.new.qualname, why=why), other, qualname, line)


def changed(noted: Notes) -> list[tuple[Edit, Function, str]]:
    """The functions that do not take all that they took, each with the word that whoever calls it writes."""
    functions: list[tuple[Edit, Function, str]] = []
    for work, edit in noted.signatures:
        assert edit.old is not None and edit.new is not None
        word = word_of_broken_calls(work.tracked.name, edit.old, edit.new)
        if word is not None:
            functions.append((edit, (work.tracked.name, edit.old, edit.new), word))
    return functions


def _source(works: Works, tracked: Tracked) -> Source:
    work = works.of(tracked)
    return source_of(tracked.name, work.outline, imports_of(work))


def source_of(module: str, outline: Outline, imports: list[tuple[str, str, str, int]]) -> Source:
    """A text that may call, with what its imports bind."""
    imported = {bound: (full, "" if name == "as" else name) for full, name, bound, _ in imports if name != "*"}
    return module, outline, imported
