"""Reports of several processes to one: what was done anywhere, why it is not live somewhere, and where that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reloadr.report.caveats import RL238
from reloadr.report.reasons import Reason, worst
from reloadr.report.report import Report

__all__ = ["merge"]

#: How many digits of a hash tell two texts apart to people.
DIGITS = 8


def merge(reports: Iterable[Report], *, kind: str = "process") -> Report:
    """One report of what several processes did with a save; `members` holds theirs. `kind`: what they are to people,
    such as "worker".

    What all of them say is in it once. Its verdict is the most serious one: an edit that one process cannot take needs
    a restart. A module that does not run the same text everywhere is a caveat (RL238).
    """
    members = tuple(part for report in reports for part in (report.members or (report,)))
    changes = dict.fromkeys(change for member in members for change in member.changes)
    reasons = dict.fromkeys(reason for member in members for reason in member.reasons)
    sources, differing = _sources(members)
    reasons.update(dict.fromkeys(_not_the_same(module, where, members) for module, where in differing.items()))
    return Report(
        worst([*(member.verdict for member in members), *(reason.verdict for reason in reasons)]),
        tuple(changes),
        tuple(reasons),
        max((member.elapsed for member in members), default=0.0),
        traceback=next((member.traceback for member in members if member.traceback), ""),
        sources=sources,
        members=members,
        kind=kind,
    )


def _sources(members: Iterable[Report]) -> tuple[dict[str, str], dict[str, dict[str, list[int]]]]:
    """The hash of each module that runs the same everywhere; of the others, who runs which."""
    found: dict[str, dict[str, list[int]]] = {}
    for member in members:
        for module, running in member.sources.items():
            found.setdefault(module, {}).setdefault(running, []).append(member.pid)
    same = {module: next(iter(where)) for module, where in found.items() if len(where) == 1}
    return same, {module: where for module, where in found.items() if len(where) > 1}


def _not_the_same(module: str, where: Mapping[str, list[int]], members: Iterable[Report]) -> Reason:
    versions = "; ".join(f"{running[:DIGITS]} in {', '.join(map(str, pids))}" for running, pids in where.items())
    mentioned = [(each.module, each.path) for member in members for each in member.changes]
    mentioned += [(each.module, each.path) for member in members for each in member.reasons]
    path = next((path for name, path in mentioned if name == module), "")
    return Reason.of(RL238(name=module, versions=versions), module=module, qualname="", path=path, line=0)
