"""What became of loops that were to move to new text, as a report."""

from __future__ import annotations

import os

from reloadr.report.at_work import RL233, RL241, RL242, RL243
from reloadr.report.reasons import Change, Reason, Verdict, plural
from reloadr.report.report import Report
from reloadr.running.news import News, news

__all__ = ["moved"]

_WORDS = {
    "moved": "loop at {} runs the new text",
    "again": "loop at {} begins its iteration again",
    "next": "loop at {} begins its next iteration",
    "left": "block at {} is left",
}
_REASONS: dict[str, type[RL233 | RL241 | RL242 | RL243]] = {
    "stays": RL233,
    "held": RL241,
    "waits": RL242,
    "unheld": RL243,
}


def moved() -> Report:
    """What was not told yet. A report that says nothing, if there is nothing."""
    found: dict[News, int] = {}
    while news:
        each = news.popleft()
        found[each] = found.get(each, 0) + 1
    changes = tuple(_change(each, count) for each, count in found.items() if each.event not in _REASONS)
    reasons = tuple(_reason(each) for each in found if each.event in _REASONS)
    verdict: Verdict = "caveat" if reasons else "live" if changes else "nothing"
    return Report(verdict, changes, reasons)


def _change(each: News, count: int) -> Change:
    module, qualname, path, _ = each.whose
    times = "" if count == 1 else f" ({plural(count, 'time')})"
    what = _WORDS[each.event].format(f"{os.path.basename(path)}:{each.line}")
    detail = f"{qualname or module}'s {what}{times}"
    return Change("resume", module, qualname, path, each.line, detail)


def _reason(each: News) -> Reason:
    module, qualname, path, _ = each.whose
    kind = _REASONS[each.event](name=qualname or module, why=each.why)
    return Reason.of(kind, module=module, qualname=qualname, path=path, line=each.line)
