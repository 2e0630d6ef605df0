"""Verifications in the background: one after each save that was applied, and none longer than until the next."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from itertools import groupby

from reloadr.proof.judging import thread
from reloadr.proof.pace import Pace, Stopped
from reloadr.proof.verification import Finding, Verification, verified
from reloadr.report import log
from reloadr.report.caveats import RL230
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.session.session import session

__all__ = ["Verifier"]

#: How long one verification may take, seconds.
TIMEOUT = 120.0
#: How many paths are named in a line.
SHOWN = 4


class Verifier:
    """Verifies this process in a thread of its own and says what it finds."""

    def __init__(self, found: Callable[[Report], object]) -> None:
        """`found` is called with the report of what is not as a fresh process would have it."""
        self._found = found
        self._asked = 0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def heard(self, report: Report) -> None:
        """Hears of a reload: what it applied is verified. What was being verified is not any more: it has changed."""
        if any(each.code == "RL230" for each in report.reasons):
            return
        self._asked += 1
        # What was not applied is stale, and said to be.
        if report.verdict in ("live", "caveat"):
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="reloadr-verify", daemon=True)
                self._thread.start()
            self._wake.set()

    def _run(self) -> None:
        thread.is_ours = True
        while True:
            self._wake.wait()
            self._wake.clear()
            try:
                self._verify(self._asked)
            except Stopped:
                continue
            except Exception as error:
                if sys.is_finalizing():
                    return
                log.say(logging.ERROR, f"reloadr failed to verify, please report this: {error!r}", error=error)

    def _verify(self, asked: int) -> None:
        proof = verified(TIMEOUT, Pace(lambda: self._asked != asked), nice=True)
        report = report_of(proof)
        if report is None:
            log.say(logging.INFO, line_of(proof))
        else:
            session.tell(report)
            self._found(report)


def line_of(proof: Verification) -> str:
    """What is said of a process of which nothing is stale."""
    if proof.is_fresh:
        return str(proof)
    whole = [each for each in proof.unknown if not each.path]
    if whole:
        return f"not verified: {whole[0].why}"
    counted = f"{proof.definitions} definitions, {proof.elapsed:.1f} s"
    firsts = [f"{each.path} ({each.why.splitlines()[0]})" for each in proof.unknown]
    return f"verified: as a fresh process would be ({counted}), but unknown: {_some(firsts)}"


def report_of(proof: Verification) -> Report | None:
    """RL230 for each module that holds something stale or in conflict; None where there is nothing of the kind."""
    found = sorted((*proof.stale, *proof.conflicts), key=_module_of)
    reasons = []
    for module, each in groupby(found, key=_module_of):
        tracked = session.tracked.get(module)
        path = "" if tracked is None else tracked.path
        words = _some([_short(finding) for finding in each])
        reasons.append(Reason.of(RL230(paths=words), module=module, qualname="", path=path, line=0))
    return Report("caveat", (), tuple(reasons), proof.elapsed) if reasons else None


def _module_of(finding: Finding) -> str:
    return finding.path.partition(":")[0]


def _short(finding: Finding) -> str:
    return f"{finding.path.partition(':')[2]} is {finding.running} and would be {finding.saved}"


def _some(words: list[str]) -> str:
    more = len(words) - SHOWN
    return "; ".join(words[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
