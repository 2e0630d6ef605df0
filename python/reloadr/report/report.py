"""What a reload did and did not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reloadr.report import html
from reloadr.report.reasons import Change, Reason, Verdict, plural

__all__ = ["Report"]


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The outcome of one reload."""

    verdict: Verdict
    changes: tuple[Change, ...] = ()
    reasons: tuple[Reason, ...] = ()
    #: Seconds from the first look at the files to the last swap.
    elapsed: float = 0.0
    #: Text diffs by path, for the notebook.
    diffs: Mapping[str, str] = field(default_factory=dict, compare=False)
    #: The exception behind a rejection, if there was one. Reports in the history have only its text: it would keep
    #: alive whatever the frames of its traceback hold.
    error: BaseException | None = field(default=None, compare=False)
    #: That exception with its traceback, as Python prints it; "" if there was none.
    traceback: str = field(default="", compare=False)

    @property
    def needs_restart(self) -> bool:
        """Some edit cannot be carried into this process."""
        return any(reason.verdict == "restart" for reason in self.reasons)

    @property
    def rejected(self) -> bool:
        """The new source is wrong; nothing of it was applied."""
        return self.verdict == "rejected"

    def __bool__(self) -> bool:
        return self.verdict != "nothing"

    def __repr__(self) -> str:
        parts = [plural(len(self.changes), "change")] if self.changes else []
        for verdict, noun in (("caveat", "caveat"), ("restart", "restart"), ("rejected", "error")):
            count = sum(reason.verdict == verdict for reason in self.reasons)
            parts += [plural(count, noun)] if count else []
        return f"<report {self.verdict}{': ' * bool(parts)}{', '.join(parts)}>"

    def __str__(self) -> str:
        if self.verdict == "nothing":
            return "nothing to reload"
        lines = [str(change) for change in self.changes] + [str(reason) for reason in self.reasons]
        lines.append(f"{self.verdict} in {self.elapsed * 1000:.1f} ms")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "verdict": self.verdict,
            "changes": [change.to_dict() for change in self.changes],
            "reasons": [reason.to_dict() for reason in self.reasons],
            "needs_restart": self.needs_restart,
            "rejected": self.rejected,
            "elapsed": self.elapsed,
        }

    def _repr_html_(self) -> str:
        return html.fragment([self], is_open=True)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}
