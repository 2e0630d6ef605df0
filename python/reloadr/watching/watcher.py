"""A watcher that is told of saves, as a user holds it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from reloadr.live.module import Tracked
from reloadr.report import log
from reloadr.report.report import Report
from reloadr.session.session import Watcher, _Rule

if TYPE_CHECKING:
    from reloadr.watching.auto import Auto

__all__ = ["AfterFork", "AutoWatcher", "Inert", "On", "OnReport"]

On = Literal["save", "poll"]
AfterFork = Literal["watch", "stop"]
OnReport = Callable[[Report], object]


class AutoWatcher(Watcher):
    """A watcher that is told of saves, instead of looking for them."""

    def __init__(
        self,
        owner: Auto,
        rules: Sequence[_Rule],
        *,
        strict: bool,
        on: On,
        on_report: OnReport | None,
        after_fork: AfterFork,
        notify: Callable[[], object] | None = None,
        names: dict[str, set[str]] | None = None,
    ) -> None:
        super().__init__(owner.session, list(rules), strict=strict)
        self._auto = owner
        self.on: On = on
        self.after_fork: AfterFork = after_fork
        self._on_report = [] if on_report is None else [on_report]
        self._notify = notify
        self._pauses = 0
        #: By module, the only definitions that it is about; None for all.
        self.names = names
        #: Paths that the thread has left to it: for a watcher of decorated things that is polled.
        self.left: set[str] = set()

    def poll(self) -> Report:
        """Brings the process to the state of the disk, as far as this watcher wants it.

        Under `on="poll"` that is what the file watch has told of, which costs next to nothing when nothing
        was saved. Does nothing while paused. Raises RuntimeError when the watcher was stopped.
        """
        if self._pauses:
            return Report("nothing")
        if self.on == "poll" and not self._stopped:
            return self._auto.deliver(self)
        return super().poll()

    def stop(self) -> None:
        """Ends the watching; what is live stays. Harmless when repeated."""
        super().stop()
        self._auto.ended()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No save is applied inside the block, however many come; they are at its end. May be nested."""
        with self._session.held():
            self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            # The thread notes what it is told before it asks for pauses: nothing is missed.
            if not self._pauses and self._auto.has_waiting:
                self._auto.wake()

    @property
    def is_paused(self) -> bool:
        """Whether it is inside a `paused()` block."""
        return self._pauses > 0

    @property
    def is_alive(self) -> bool:
        """Whether saves reach it: not stopped, and not left behind by a fork."""
        return not self._stopped and self._auto.is_running

    def __repr__(self) -> str:
        if self._stopped:
            return "<watcher, stopped>"
        names = self.modules
        shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        return f"<watching {len(names)} module{'s' * (len(names) != 1)}{': ' * bool(shown)}{shown}>"

    def _ipython_display_(self) -> None:
        from reloadr.notebook.show import live

        live(self)

    def on_report(self, callback: OnReport) -> OnReport:
        """Calls `callback(report)` after each reload that concerns this watcher.

        In the thread that carried it out. What it raises is logged. Usable as a decorator.
        """
        self._on_report.append(callback)
        return callback

    def concerns(self, report: Report, tracked: dict[str, Tracked]) -> bool:
        """Whether a report is about a module that it watches."""
        names = {change.module for change in report.changes} | {reason.module for reason in report.reasons}
        found = [tracked[name] for name in names if name in tracked]
        return not found or any(self.wants(each.module, each.path) for each in found)

    def heard(self, report: Report) -> None:
        """Calls the callbacks."""
        for callback in list(self._on_report):
            try:
                callback(report)
            except Exception as error:
                log.say(logging.ERROR, f"an on_report callback raised {error!r}", error=error)

    def notify(self) -> None:
        """There is something to poll."""
        if self._notify is not None:
            try:
                self._notify()
            except RuntimeError:  # its event loop was closed
                self._notify = None


class Inert(AutoWatcher):
    """Does nothing, whatever is asked of it."""

    def poll(self) -> Report:
        return Report("nothing")

    def stop(self) -> None:
        pass

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield

    @property
    def modules(self) -> tuple[str, ...]:
        return ()
