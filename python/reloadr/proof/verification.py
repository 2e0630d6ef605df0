"""`reloadr.verify`: whether this process is what a fresh one would be."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from reloadr.proof.compare import Difference, Noise, differences, disagreement
from reloadr.proof.fresh import Failed, Fresh, Job, run
from reloadr.proof.ours import Here, edited_names, here
from reloadr.proof.pace import Pace
from reloadr.report import html
from reloadr.report.report import Report
from reloadr.session.session import session

__all__ = ["Finding", "Verification", "named_by", "verified", "verify"]


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
    return verified(timeout, Pace())


def verified(timeout: float, pace: Pace, *, nice: bool = False) -> Verification:
    """`verify`, at a pace. Raises Stopped. `nice`: the fresh processes give way to all else."""
    begin = time.monotonic()
    ours = here(pace, nice=nice)
    try:
        found, unknown = _Fresh(ours, begin + timeout, pace).compared()
    except Failed as error:
        return Verification(unknown=(Finding("", why=str(error)),), elapsed=time.monotonic() - begin)
    if ours.graph.is_full:
        unknown.append(Finding("", why="there are more objects than are compared; those farthest away were left out"))
    kinds: dict[str, list[Finding]] = {"stale": [], "conflict": []}
    edited: dict[str, set[str]] = {}
    for each in found:
        pace()
        module = each.path.partition(":")[0]
        if each.kind in kinds:
            kinds[each.kind].append(Finding(each.path, each.base, each.theirs, each.ours, _edit_of(each.path)))
            continue
        if module not in edited:
            edited[module] = edited_names(module)
        if _first_name(each.path) in edited[module]:
            unknown.append(Finding(each.path, why=f"only C code can read what is inside ({each.ours})"))
    return Verification(
        tuple(kinds["stale"]),
        tuple(kinds["conflict"]),
        tuple(unknown),
        ours.graph.definitions,
        time.monotonic() - begin,
    )


class _Fresh:
    """The fresh processes of one verification. A second one of each source is asked only where the first two differ
    from this process: what it disagrees about with its twin means nothing."""

    def __init__(self, ours: Here, end: float, pace: Pace) -> None:
        self._ours = ours
        self._end = end
        self._pace = pace

    def compared(self) -> tuple[list[Difference], list[Finding]]:
        """The differences, and what is unknown. Raises Failed."""
        ours = self._ours.graph
        theirs = run(self._ours.saved, self._end, self._pace)
        base = self._base()
        # What came with an edit may need the others as they are now; it was imported as it is saved.
        came = base.failed.keys() & self._ours.unedited - theirs.failed.keys()
        failed = {name: why for name, why in {**base.failed, **theirs.failed}.items() if name not in came}
        unknown = [Finding(name, why=f"a fresh process cannot import it: {error}") for name, error in failed.items()]
        if unknown:
            unknown[0] = replace(unknown[0], why=f"{unknown[0].why}{theirs.printed or base.printed}")
        unknown += [Finding(name, why=why) for name, why in self._ours.left_out.items()]
        for name in (*failed, *came):
            ours.roots.pop(name, None)
        noise: tuple[Noise, Noise] = frozenset(), frozenset()
        found = list(differences(base.graph, theirs.graph, ours, noise, self._pace))
        if any(each.kind != "sealed" for each in found):
            noise = self._noise(self._ours.loaded, base), self._noise(self._ours.saved, theirs)
            found = list(differences(base.graph, theirs.graph, ours, noise, self._pace))
        return found, unknown

    def _base(self) -> Fresh:
        job = self._ours.loaded
        for known, fresh in _kept:
            if known == job:
                return fresh
        fresh = run(job, self._end, self._pace)
        _kept[:] = [(job, fresh)]
        return fresh

    def _noise(self, job: Job, fresh: Fresh) -> Noise:
        twin = replace(job, seed=1)
        return disagreement(fresh.graph, run(twin, self._end, self._pace).graph, self._pace)


#: What was loaded, as it was described at the last verification.
_kept: list[tuple[Job, Fresh]] = []


def _first_name(path: str) -> str:
    """The name that a path begins with, below its module."""
    return path.partition(":")[2].split(".")[0].split("[")[0].split("{")[0].split(" ")[0]


def named_by(path: str, reports: Iterable[Report]) -> list[str]:
    """The codes of the reasons that name the definition or name that a path begins with. What was not applied at all
    names all of it."""
    module, first = path.partition(":")[0], _first_name(path)
    codes: dict[str, None] = {}
    for report in reports:
        whole = {"restart", "rejected"} if not report.changes else set()
        for each in report.reasons:
            words = re.split(r"[^\w]+", f"{each.qualname} {each.message}")
            if each.verdict in whole or (each.module == module and (first in words or not each.qualname)):
                codes[each.code] = None
    return list(codes)


def _edit_of(path: str) -> str:
    """The latest change that a report named for the definition that a path begins with."""
    module, first = path.partition(":")[0], _first_name(path)
    for report in reversed(session.log):
        for change in report.changes:
            if change.module == module and change.qualname.split(".")[0] == first:
                return str(change)
    return ""
