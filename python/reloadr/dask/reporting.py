"""What the scheduler tells of a save, as one report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reloadr.report.caveats import RL239, RL244, RL246
from reloadr.report.merging import merge
from reloadr.report.reasons import Change, Reason
from reloadr.report.report import Report

__all__ = ["report_of"]

_NAMED = 5


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
    said = Report.from_dict(reply["said"]) if reply["said"] else Report("live")
    name = f"worker {reply['name']}"
    if restart is not None and restart["outcome"] == "OK":
        changes = tuple(
            Change("rebuild", module, "", str(sources[module]["path"]), 0, f"{name} was restarted")
            for module in changed
        )
        return replace(said, verdict="live", changes=changes, reasons=(), program=name, sources={})
    unserved = tuple(_not_seen(name, module) for module in reply["unserved"])
    verdict = "caveat" if unserved and said.verdict in ("nothing", "live") else said.verdict
    running = {module: reply["running"][module] for module in changed if module in reply["running"]}
    if verdict == "nothing":
        # It runs what is saved, whether or not it has loaded it by now.
        verdict = "live"
    return replace(said, verdict=verdict, reasons=(*said.reasons, *unserved), program=name, sources=running)


def _not_seen(who: str, module: str) -> Reason:
    why = f"{module} is not loaded where its saves are looked for"
    return Reason.of(RL239(who=who, why=why), module=module, qualname="", path="", line=0)


def _unknown(name: str, why: str, path: str) -> Report:
    who = f"worker {name}"
    reason = Reason.of(RL239(who=who, why=why), module="", qualname="", path=path, line=0)
    return Report("caveat", (), (reason,), program=who, pid=0)


def _held(keys: Sequence[str], affected: Sequence[str], path: str) -> Iterator[Reason]:
    if keys:
        name = ", ".join(affected)
        yield Reason.of(
            RL244(name=name, count=str(len(keys)), keys=_few(keys)),
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
                RL246(who=who, count=str(len(each["lost"])), keys=_few(each["lost"])),
                module="",
                qualname="",
                path=path,
                line=0,
            )


def _few(keys: Sequence[str]) -> str:
    more = len(keys) - _NAMED
    return ", ".join([*keys[:_NAMED], *([f"{more} more"] if more > 0 else [])])
