"""What people see: one quiet line that unfolds, errors that stay until they are mended, a watcher that is live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reloadr.report import html, log
from reloadr.report.reasons import Reason, plural
from reloadr.report.report import Report
from reloadr.watching.watcher import Watcher, displays

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Screen", "Shown", "live"]

NOT_SAVED = "running is not saved"


class Shown:
    """Something to display: plain text, and HTML where there is a browser."""

    def __init__(self, text: str, page: str) -> None:
        self.text = text
        self.page = page

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.page

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.page}


class Screen:
    """The output of the cell that runs."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        #: Displays of errors that are not mended yet.
        self._open: list[Any] = []

    def say(self, text: str) -> None:
        """A word to the user."""
        self._display(Shown(f"reloadr: {text}", html.word_fragment(f"reloadr: {text}")))

    def reports(self, reports: Sequence[Report], pending: Sequence[Reason]) -> None:
        """What was done, and that running is not saved, if so."""
        mark = _mark(pending)
        if not reports:
            self._display(Shown(f"reloadr: {mark}", html.mark_fragment(f"reloadr: {mark}", pending)))
            return
        lines = [f"reloadr: {html.summary(reports)}" + (f" ({mark})" if mark else "")]
        # What cannot be unfolded has to be said: a difference that nobody hears of is the worst.
        lines += [f"  {reason}" for report in reports for reason in report.reasons]
        self._display(Shown("\n".join(lines), html.fragment(reports, mark=mark)))

    def errors(self, errors: Sequence[Reason], *, in_step: bool = False) -> None:
        """Errors of saved files, with every cell until they are mended; then earlier displays say that too, and the
        cell that runs, where what it runs is what is saved."""
        if not errors:
            if self._open and in_step:
                self.say(log.MENDED)
            self._mended()
            return
        note = f"{NOT_SAVED}: cells run with the old code until this is mended"
        text = "\n".join([f"reloadr: {note}", *(str(each) for each in errors)])
        self._open.append(self._display(Shown(text, html.error_fragment(errors, f"reloadr: {note}")), keep=True))

    def _mended(self) -> None:
        handles, self._open = self._open, []
        for handle in handles:
            # A terminal would print it once more.
            if handle is not None and self.has_frontend:
                word = "reloadr: mended"
                handle.update(Shown(word, html.word_fragment(word)))

    @property
    def has_frontend(self) -> bool:
        """Whether a kernel runs the cells, not a terminal."""
        return hasattr(self._shell, "kernel")

    def _display(self, shown: Shown, *, keep: bool = False) -> Any:
        from IPython.display import display

        return display(shown, display_id=True) if keep else display(shown)  # type: ignore[no-untyped-call]


def _mark(pending: Sequence[Reason]) -> str:
    if not pending:
        return ""
    places = sorted({f"{each.module}{'.' if each.qualname else ''}{each.qualname} {each.code}" for each in pending})
    more = f" and {plural(len(places) - 3, 'more edit')}" if len(places) > 3 else ""
    return f"{NOT_SAVED}: {', '.join(places[:3])}{more}"


def live(watcher: Watcher) -> None:
    """Displays a watcher; each of its reports is shown in the same place."""
    from IPython.display import display

    handle = display(_state_of(watcher, None), display_id=True)  # type: ignore[no-untyped-call]
    if handle is not None:
        watcher.on_report(lambda report: handle.update(_state_of(watcher, report)))


def _state_of(watcher: Watcher, report: Report | None) -> Shown:
    head = repr(watcher)
    if report is None:
        return Shown(head, html.word_fragment(head))
    page = html.word_fragment(head) + html.fragment([report])
    return Shown(f"{head}\n{report}", page)


if live not in displays:
    displays.append(live)
