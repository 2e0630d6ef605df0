"""`reloadr.verify`: whether this process is what a fresh one would be."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reloadr.proof.compare import Noise, differences, disagreement
from reloadr.proof.describe import Description, Graph
from reloadr.proof.fresh import Failed, Fresh, Job, run
from reloadr.report import html
from reloadr.session.session import session

__all__ = ["Finding", "Verification", "verify"]

#: Seconds that our side is described for at a time, and that other threads have between.
SLICE, PAUSE = 0.002, 0.0005


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where this process is not what a fresh one would be, or of which that is not known."""

    #: As a person would write it: `shop.app:router.routes[3].path`.
    path: str
    #: Its value in a fresh process of what was loaded, in one of what is saved, and here; shortened.
    loaded: str = ""
    saved: str = ""
    running: str = ""
    #: The latest edit that has to do with it, as the report said it; "" if none is known.
    edit: str = ""
    #: Why it is not known.
    why: str = ""

    def __str__(self) -> str:
        if self.why:
            return f"{self.path}: {self.why}" if self.path else self.why
        text = f"{self.path}: is {self.running}, a fresh process would have {self.saved}"
        return f"{text} ({self.edit})" if self.edit else text

    def to_dict(self) -> dict[str, str]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison with fresh processes found."""

    #: What is as it was loaded, although a fresh process of what is saved has it otherwise.
    stale: tuple[Finding, ...] = ()
    #: What run-time state and an edit both changed.
    conflicts: tuple[Finding, ...] = ()
    #: What could not be described, and why.
    unknown: tuple[Finding, ...] = ()
    #: How many functions and classes were compared.
    definitions: int = 0
    #: Seconds.
    elapsed: float = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether this process is as a fresh one would be, as far as that was asked."""
        return not self.stale and not self.conflicts and not self.unknown

    def __str__(self) -> str:
        if self.is_fresh:
            return f"verified: as a fresh process would be ({self.definitions} definitions, {self.elapsed:.1f} s)"
        kinds = (("stale", self.stale), ("conflict", self.conflicts), ("unknown", self.unknown))
        return "\n".join(f"{kind} {each}" for kind, found in kinds for each in found)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "stale": [each.to_dict() for each in self.stale],
            "conflicts": [each.to_dict() for each in self.conflicts],
            "unknown": [each.to_dict() for each in self.unknown],
            "definitions": self.definitions,
            "elapsed": self.elapsed,
        }

    def _repr_html_(self) -> str:
        lines = str(self).split("\n")
        if self.is_fresh:
            return html.word_fragment(lines[0])
        count = len(self.stale) + len(self.conflicts) + len(self.unknown)
        return html.fold_fragment(f"not as a fresh process would be: {count}", lines)


def verify(timeout: float = 60.0) -> Verification:
    """Compares this process with a fresh one of what is saved.

    Fresh processes import the watched modules, with all that this does to the outside; `RELOADR_VERIFYING` is in
    their environment. They end after `timeout` seconds at the latest. See docs/verify.md.
    """
    begin = time.monotonic()
    jobs, ours = _here()
    fresh = _Fresh(jobs, begin + timeout)
    try:
        found, unknown = fresh.compared(ours)
    except Failed as error:
        return Verification(unknown=(Finding("", why=str(error)),), elapsed=time.monotonic() - begin)
    if ours.is_full:
        unknown.append(Finding("", why="there are more objects than are compared; those farthest away were left out"))
    kinds: dict[str, list[Finding]] = {"stale": [], "conflict": []}
    for each in found:
        kinds[each[0]].append(Finding(each.path, each.base, each.theirs, each.ours, _edit_of(each.path)))
    return Verification(
        tuple(kinds["stale"]),
        tuple(kinds["conflict"]),
        tuple(unknown),
        ours.definitions,
        time.monotonic() - begin,
    )


def _here() -> tuple[tuple[Job, Job], Graph]:
    """What was loaded, what is saved, and how this process is now."""
    with session.held():
        session.discovery.look()
        # The order of `sys.modules` is that in which imports began.
        tracked = [session.tracked.get(name) for name in list(sys.modules)]
        live = [each for each in tracked if each is not None and sys.modules.get(each.name) is each.module]
        names = [each.name for each in live]
        main = next((each.path for each in live if each.name == "__main__"), None)
        loaded = Job(names, main, {each.path: each.first.data for each in live})
        saved = Job(names, main, dict.fromkeys(loaded.texts))
        description = Description(names)
        _in_slices(description.steps())
    return (loaded, saved), description.graph


def _in_slices(steps: Iterator[None]) -> None:
    """Takes steps in such a way that no other thread waits for long."""
    pause = time.perf_counter() + SLICE
    for _ in steps:
        if time.perf_counter() > pause:
            time.sleep(PAUSE)
            pause = time.perf_counter() + SLICE


class _Fresh:
    """The fresh processes of one verification. A second one of each source is asked only where the first two differ
    from this process: what it disagrees about with its twin means nothing."""

    def __init__(self, jobs: tuple[Job, Job], end: float) -> None:
        self._loaded, self._saved = jobs
        self._end = end

    def compared(self, ours: Graph) -> tuple[list[Any], list[Finding]]:
        """The differences, and what is unknown. Raises Failed."""
        theirs = run(self._saved, self._end)
        base = _base(self._loaded, self._end)
        failed = {**base.failed, **theirs.failed}
        unknown = [
            Finding(name, why=f"a fresh process cannot import it: {error}{theirs.printed or base.printed}")
            for name, error in failed.items()
        ]
        for name in failed:
            ours.roots.pop(name, None)
        quiet: Noise = frozenset()
        found = list(differences(base.graph, theirs.graph, ours, quiet, quiet))
        if found:
            noise = _noise(self._loaded, base, self._end), _noise(self._saved, theirs, self._end)
            found = list(differences(base.graph, theirs.graph, ours, *noise))
        return found, unknown


#: What was loaded, as it was described at the last verification.
_kept: list[tuple[Job, Fresh]] = []


def _base(job: Job, end: float) -> Fresh:
    for known, fresh in _kept:
        if known == job:
            return fresh
    fresh = run(job, end)
    _kept[:] = [(job, fresh)]
    return fresh


def _noise(job: Job, fresh: Fresh, end: float) -> Noise:
    return disagreement(fresh.graph, run(job, end).graph)


def _edit_of(path: str) -> str:
    """The latest change that a report named for the definition that a path begins with."""
    module, _, inner = path.partition(":")
    first = inner.split(".")[0].split("[")[0]
    for report in reversed(session.log):
        for change in report.changes:
            if change.module == module and change.qualname.split(".")[0] == first:
                return str(change)
    return ""
