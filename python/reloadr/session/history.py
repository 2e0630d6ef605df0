"""What was done: the reports of past reloads, and how the last one is taken back."""

from __future__ import annotations

import linecache
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from reloadr.engine.batch import Batch, Swap
from reloadr.engine.registrations import effects
from reloadr.live.modules import Modules
from reloadr.report.caveats import RL208
from reloadr.report.reasons import Change, Reason
from reloadr.report.report import Report
from reloadr.session.attempt import Baseline
from reloadr.session.pending import PendingFiles, without_error
from reloadr.source.snippets import quoted

__all__ = ["History"]

#: Reports that `history()` keeps.
KEPT = 200


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What `undo` takes back."""

    report: Report
    batch: Batch
    baselines: Sequence[Baseline]


class History:
    """The reports, and the last transaction."""

    def __init__(self) -> None:
        self.reports: deque[Report] = deque(maxlen=KEPT)
        self._last: _Transaction | None = None

    @property
    def swaps(self) -> Sequence[Swap]:
        """The swaps of the last transaction, which are kept for `undo`."""
        return tuple(self._last.batch.swaps) if self._last is not None else ()

    def remember(self, report: Report) -> None:
        """Keeps a report; of an exception its text, for its frames would keep alive all that they made."""
        self.reports.append(without_error(report))

    def committed(self, report: Report, batch: Batch, baselines: Sequence[Baseline]) -> None:
        """From now on this is what `undo` takes back."""
        if self._last is not None:
            self._last.batch.close()
        self._last = _Transaction(report, batch, baselines)

    def undo(self, tracked: Modules, pending: PendingFiles) -> Report:
        """Takes the last transaction back; its files wait until they are saved again."""
        last = self._last
        if last is None:
            return Report("nothing")
        started = time.perf_counter()
        reasons = _left(last.batch)
        last.batch.take_back()
        for each in last.baselines:
            module = each.tracked
            module.outline, module.in_step, module.snapshot = each.outline, each.in_step, each.snapshot
            tracked.changed(module)
            pending.undo(module.path, each.saved, last.report)
            linecache.cache.pop(module.filename, None)
        self._last = None
        changes = tuple(
            Change("undo", change.module, change.qualname, change.path, change.line, change.action)
            for change in last.report.changes
        )
        return Report("caveat" if reasons else "live", changes, reasons, time.perf_counter() - started)


def _left(batch: Batch) -> tuple[Reason, ...]:
    """What ran and did something that cannot be taken back."""
    return tuple(
        dict.fromkeys(
            Reason.of(
                RL208(name=quoted(node)),
                module=work.tracked.name,
                qualname=node.qualname,
                path=work.tracked.path,
                line=node.line,
            )
            for work, node in effects.left(batch)
        )
    )
