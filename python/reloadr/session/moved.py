"""What became of loops that were to move to new text, as a report."""

from __future__ import annotations

import os

from reloadr.report.reasons import Change, Reason, Verdict, plural
from reloadr.report.report import Report
from reloadr.running.moves import News, news

__all__ = ["moved"]


def moved() -> Report:
    """What was not told yet. A report that says nothing, if there is nothing."""
    found: dict[News, int] = {}
    while news:
        each = news.popleft()
        found[each] = found.get(each, 0) + 1
    changes = tuple(_change(each, count) for each, count in found.items() if not each.why)
    reasons = tuple(_reason(each) for each in found if each.why)
    verdict: Verdict = "caveat" if reasons else "live" if changes else "nothing"
    return Report(verdict, changes, reasons)


def _change(each: News, count: int) -> Change:
    module, qualname, path, _ = each.whose
    times = "" if count == 1 else f" ({plural(count, 'time')})"
    detail = f"{qualname or module}'s loop at {os.path.basename(path)}:{each.line} runs the new text{times}"
    return Change("resume", module, qualname, path, each.line, detail)


def _reason(each: News) -> Reason:
    module, qualname, path, _ = each.whose
    return Reason.of(
        "RL233", module=module, qualname=qualname, path=path, line=each.line, name=qualname or module, why=each.why
    )
