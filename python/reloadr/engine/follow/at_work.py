"""Code that is at work on its earlier text when a save becomes live: what it still does there, and cannot any more.

It moves at the head of its loop, or stays until it ends. Until then it calls what lives by now as it was called, and
reads names that may be gone: what that raises would end the program, though all that is saved is right.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType

from reloadr._core import broken_calls
from reloadr.engine.batch import Batch, Work
from reloadr.engine.follow.readers import imported_in
from reloadr.engine.follow.signatures import Function, changed, source_of
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.at_work import RL248
from reloadr.report.findings import Findings
from reloadr.running.rests import Rest
from reloadr.stage.steps import MISSING

__all__ = ["told"]


class _Texts:
    """The earlier text of a module, and the new one."""

    def __init__(self, work: Work) -> None:
        self.outline = work.tracked.outline
        self._before, self._now = work.tracked.snapshot, work.snapshot

    def has_changed(self, line: int) -> bool:
        """Whether a line of the earlier text is nowhere in the new one."""
        return 0 < line <= len(self._lines) and self._lines[line - 1].strip() not in self._new

    @cached_property
    def _lines(self) -> list[str]:
        return self._before.text().splitlines()

    @cached_property
    def _new(self) -> set[str]:
        return {line.strip() for line in self._now.text().splitlines()}


@dataclass(frozen=True)
class _Lost:
    """What a save takes away."""

    #: Functions that do not take all that they took.
    functions: list[Function]
    #: Names of modules.
    names: set[tuple[str, str]]
    #: Members of classes, with the module and the class.
    members: dict[str, tuple[Tracked, str]]


def told(batch: Batch) -> None:
    """Names what code at work needs for the rest of its earlier text, once it is known how far that goes.

    def main():
        while True:
            show(step(1))              # at work here; saved as `show(step(1, 2))`, with `def step(a, b)`
    """
    names = {(work.tracked.name, name) for work, _, name, _ in batch.noted.removed if work.space.get(name) is MISSING}
    members = dict(each for work in batch.works for each in _members_gone(work))
    lost = _Lost([each for _, each, _ in changed(batch.noted)], names, members)
    if lost.functions or names or members:
        texts = {work.tracked.name: _Texts(work) for work in batch.works}
        batch.journal.afterwards.append(partial(_name, batch.findings, batch.noted.at_work, texts, lost))


def _members_gone(work: Work) -> Iterator[tuple[str, tuple[Tracked, str]]]:
    """The members that a class of the source has no more, with the class."""
    for edit in work.edits:
        if edit.old is None or not edit.old.scopes or edit.action not in ("removed", "renamed"):
            continue
        owner = edit.old.scopes[-1].qualname
        for name in (edit.old.name, *edit.old.binds):
            if name and not work.outline.binders({name}, owner):
                yield name, (work.tracked, owner)


def _has(tracked: Tracked, owner: str, name: str) -> bool:
    """Whether a living class has a member, perhaps of another class by now."""
    found: object = tracked.module
    for part in owner.split("."):
        found = vars(found).get(part) if is_a(found, ModuleType, type) else None
    return is_a(found, type) and any(name in vars(each) for each in found.__mro__)


def _name(
    findings: Findings, tellers: list[Callable[[], Iterable[Rest]]], texts: dict[str, _Texts], lost: _Lost
) -> None:
    rests = [rest for tell in tellers for rest in tell()]
    modules = {rest.tracked.name: rest.tracked for rest in rests}
    sources = [
        source_of(name, texts[name].outline, imported_in(tracked, texts[name].outline))
        for name, tracked in modules.items()
    ]
    broken = broken_calls(lost.functions, sources) if sources else []
    said: set[tuple[str, str, str]] = set()
    for rest in rests:
        module = rest.tracked.name
        calls = {line: (number, why) for number, where, _, line, why in broken if where == module}
        needs = [f"reads {name}, which is gone" for name in _missed(rest, lost.names)]
        for line, (number, why) in calls.items():
            if line in rest.calls:
                needs.append(f"calls {lost.functions[number][2].qualname} as it was: {why}")
        needs += _of_members(rest, texts[module], lost, calls)
        for each in needs:
            if (module, rest.name, each) not in said:
                said.add((module, rest.name, each))
                findings.reason(RL248(name=rest.name, needs=each), rest.tracked, rest.name, rest.line)


def _missed(rest: Rest, gone: set[tuple[str, str]]) -> Iterator[str]:
    """The names that it reads and that are gone, of its module and of others."""
    namespace = rest.tracked.namespace
    own = {name for name in rest.names if (rest.tracked.name, name) in gone}
    yield from sorted(name for name in own if not hasattr(builtins, name))
    for owner, name in sorted(rest.attributes):
        module = namespace.get(owner)
        if is_a(module, ModuleType) and (module.__name__, name) in gone:
            yield f"{owner}.{name}"


def _of_members(rest: Rest, texts: _Texts, lost: _Lost, known: Container[int]) -> Iterator[str]:
    """What it needs of members, in lines that were edited as well: of what they are is not known."""
    methods = {new.name: new.qualname for _, _, new in lost.functions if new.scopes}
    for name, line in sorted(rest.members, key=lambda each: each[1]):
        if line in known or not texts.has_changed(line):
            continue
        if name in lost.members and not _has(*lost.members[name], name):
            yield f"reads .{name}, which {lost.members[name][1]} has no more"
        elif name in methods and line in rest.calls:
            yield f"calls .{name}, and {methods[name]} takes other arguments now"
