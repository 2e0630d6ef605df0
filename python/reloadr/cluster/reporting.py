"""What one member of a cluster says of a save, as a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reloadr.report.caveats import RL239
from reloadr.report.reasons import Reason
from reloadr.report.report import Report

__all__ = ["few", "report_of_member", "unknown"]

_NAMED = 5


def report_of_member(reply: Mapping[str, Any], changed: Iterable[str], name: str) -> Report:
    """What one member did. `name`: what it is called."""
    said = Report.from_dict(reply["said"]) if reply["said"] else Report("live")
    unserved = tuple(
        unknown(name, f"{module} is not loaded where its saves are looked for", "", module)
        for module in reply["unserved"]
    )
    verdict = "caveat" if unserved and said.verdict in ("nothing", "live") else said.verdict
    running = {module: reply["running"][module] for module in changed if module in reply["running"]}
    if verdict == "nothing":
        # It runs what is saved, whether or not it has loaded it by now.
        verdict = "live"
    where = {key: reply[key] for key in ("pid", "host") if key in reply}
    return replace(said, verdict=verdict, reasons=(*said.reasons, *unserved), program=name, sources=running, **where)


def unknown(who: str, why: str, path: str, module: str = "") -> Reason:
    """It is not known whether a member runs what was saved."""
    return Reason.of(RL239(who=who, why=why), module=module, qualname="", path=path, line=0)


def few(keys: Sequence[str]) -> str:
    """Some of many names."""
    more = len(keys) - _NAMED
    return ", ".join([*keys[:_NAMED], *([f"{more} more"] if more > 0 else [])])
