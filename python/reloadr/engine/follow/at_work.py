"""Code that is at work on its earlier text when a save becomes live: what it still does there, and cannot any more.

It moves at the head of its loop, or stays until it ends. Until then it calls what lives by now as it was called, and
reads names that may be gone: what that raises would end the program, though all that is saved is right.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import partial
from types import ModuleType

from reloadr._core import Outline, broken_calls
from reloadr.engine.batch import Batch
from reloadr.engine.follow.readers import imported_in
from reloadr.engine.follow.signatures import Function, changed, source_of
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.at_work import RL248
from reloadr.report.findings import Findings
from reloadr.running.rests import Rest
from reloadr.stage.steps import MISSING

__all__ = ["told"]


def told(batch: Batch) -> None:
    """Names what code at work needs for the rest of its earlier text, once it is known how far that goes.

    def main():
        while True:
            show(step(1))              # at work here; saved as `show(step(1, 2))`, with `def step(a, b)`
    """
    functions = [each for _, each in changed(batch)[0]]
    gone = {(work.tracked.name, name) for work, _, name, _ in batch.noted.removed if work.space.get(name) is MISSING}
    if functions or gone:
        texts = {work.tracked.name: (work.tracked, work.tracked.outline) for work in batch.works}
        batch.journal.afterwards.append(partial(_name, batch.findings, batch.noted.at_work, texts, functions, gone))


def _name(
    findings: Findings,
    rests: list[Rest],
    texts: dict[str, tuple[Tracked, Outline]],
    functions: list[Function],
    gone: set[tuple[str, str]],
) -> None:
    modules = {rest.tracked.name for rest in rests}
    sources = [source_of(name, text, imported_in(of, text)) for name, (of, text) in texts.items() if name in modules]
    broken = broken_calls(functions, sources) if sources else []
    said: set[tuple[str, str, str]] = set()
    for rest in rests:
        module = rest.tracked.name
        needs = [f"reads {name}, which is gone" for name in _missed(rest, gone)]
        for number, where, _, line, why in broken:
            if where == module and line in rest.calls:
                needs.append(f"calls {functions[number][2].qualname} as it was: {why}")
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
