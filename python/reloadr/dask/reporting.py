"""What the scheduler tells of a save, as one report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reloadr.cluster.reporting import few, report_of_member, unknown
from reloadr.report.caveats import RL244, RL246
from reloadr.report.merging import merge
from reloadr.report.reasons import Change, Reason
from reloadr.report.report import Report

__all__ = ["report_of"]


def report_of(
    found: Mapping[str, Any], changed: Sequence[str], sources: Mapping[str, Mapping[str, Any]], affected: Sequence[str]
) -> Report:
    """One report of all workers. `affected`: the modules that results are held of."""
    path = str(sources[changed[0]]["path"]) if changed else ""
    restarted = found["restarted"]
    members = [_member(reply, changed, sources, restarted.get(address)) for address, reply in found["answers"].items()]
    members += [_unknown(name, why, path) for name, why in found["unknown"].items()]
    merged = merge(members, kind="worker")
    reasons = [*_held(found["held"], affected, path), *_lost(restarted, path)]
    if not reasons:
        return merged
    verdict = "caveat" if merged.verdict in ("nothing", "live") else merged.verdict
    return replace(merged, verdict=verdict, reasons=(*merged.reasons, *reasons))


def _member(
    reply: Mapping[str, Any],
    changed: Iterable[str],
    sources: Mapping[str, Mapping[str, Any]],
    restart: Mapping[str, Any] | None,
) -> Report:
    """What one worker did."""
    name = f"worker {reply['name']}"
    report = report_of_member(reply, changed, name)
    if restart is None or restart["outcome"] != "OK":
        return report
    changes = tuple(
        Change("rebuild", module, "", str(sources[module]["path"]), 0, f"{name} was restarted") for module in changed
    )
    return replace(report, verdict="live", changes=changes, reasons=(), sources={})


def _unknown(name: str, why: str, path: str) -> Report:
    who = f"worker {name}"
    return Report("caveat", (), (unknown(who, why, path),), program=who, pid=0)


def _held(keys: Sequence[str], affected: Sequence[str], path: str) -> Iterator[Reason]:
    if keys:
        name = ", ".join(affected)
        yield Reason.of(
            RL244(name=name, count=str(len(keys)), keys=few(keys)),
            module=affected[0] if affected else "",
            qualname="",
            path=path,
            line=0,
        )


def _lost(restarted: Mapping[str, Mapping[str, Any]], path: str) -> Iterator[Reason]:
    for each in restarted.values():
        if each["lost"]:
            who = f"worker {each['name']}"
            yield Reason.of(
                RL246(who=who, count=str(len(each["lost"])), keys=few(each["lost"])),
                module="",
                qualname="",
                path=path,
                line=0,
            )
