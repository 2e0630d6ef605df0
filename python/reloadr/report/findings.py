"""What one batch has to say so far, and how it says that it cannot go on."""

from __future__ import annotations

from reloadr.live.module import Tracked
from reloadr.report.kinds import Kind
from reloadr.report.reasons import Action, Change, Reason


class Rejected(Exception):
    """The new source is wrong: nothing of the batch may stay."""

    def __init__(self, reason: Reason, error: BaseException | None = None) -> None:
        super().__init__(reason.message)
        self.reason = reason
        self.error = error


class NeedsRestart(Exception):
    """One edit cannot be carried into this process; the others can."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.code)
        self.kind = kind


class Findings:
    """Changes and reasons of a batch, in the order in which they were found."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.reasons: list[Reason] = []

    def change(self, action: Action, work: Tracked, qualname: str, line: int, detail: str = "") -> None:
        """Adds a line to the report."""
        self.changes.append(Change(action, work.name, qualname, work.path, line, detail))

    def reason(self, kind: Kind, tracked: Tracked, qualname: str, line: int) -> None:
        """Adds a reason of the catalogue, once."""
        reason = Reason.of(kind, module=tracked.name, qualname=qualname, path=tracked.path, line=line)
        if reason not in self.reasons:
            self.reasons.append(reason)
