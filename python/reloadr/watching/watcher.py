"""A watcher, as a user holds it: what it watches, and when what was saved becomes live."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType, TracebackType
from typing import Literal, Protocol, Self

from reloadr.live.module import Tracked
from reloadr.report import log
from reloadr.report.reasons import plural
from reloadr.report.report import Report
from reloadr.session.rules import Real, Rule
from reloadr.session.session import Session

__all__ = ["AfterFork", "AutoWatcher", "Inert", "On", "OnReport", "Watcher", "displays", "everyone", "told"]

On = Literal["save", "poll", "look"]
AfterFork = Literal["watch", "stop"]
OnReport = Callable[[Report], object]

#: How a notebook shows a watcher: its display puts itself in here.
displays: list[Callable[[Watcher], object]] = []

_WHEN: Mapping[On, str] = {
    "save": "live on save",
    "poll": "live on poll()",
    "look": "live when poll() looks",
}


class Teller(Protocol):
    """Whoever is told of saves by the operating system, on behalf of all watchers."""

    session: Session

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that would apply a save."""
        ...

    @property
    def has_waiting(self) -> bool:
        """Whether it was told of saves that are not applied yet."""
        ...

    def deliver(self, poller: Watcher | None) -> Report:
        """Applies what waits and is wanted now."""
        ...

    def wake(self) -> None:
        """Lets the thread look at what waits."""
        ...

    def ended(self) -> None:
        """A watcher was stopped."""
        ...


class Watcher:
    """A set of watched modules. Also a context manager: leaving it stops it."""

    def __init__(
        self,
        owner: Teller,
        rules: Sequence[Rule],
        *,
        strict: bool = False,
        on: On = "save",
        on_report: OnReport | None = None,
        after_fork: AfterFork = "watch",
        notify: Callable[[], object] | None = None,
        names: dict[str, set[str]] | None = None,
        judges: bool = True,
    ) -> None:
        self._teller = owner
        self._session = owner.session
        self.rules = list(rules)
        self.strict = strict
        self.on: On = on
        self.after_fork: AfterFork = after_fork
        #: Whether a fresh process may say if a line that raised is right: it imports the module.
        self.judges = judges
        self._on_report = [] if on_report is None else [on_report]
        self._notify = notify
        #: Called when the watching ends.
        self.at_stop: list[Callable[[], object]] = []
        self._stopped = False
        self._pauses = 0
        #: By module, the only definitions that it is about; None for all.
        self.names = names
        #: Paths that the thread has left to it: for a watcher of decorated things that is polled.
        self.left: set[str] = set()

    def poll(self) -> Report:
        """Brings the process to the state of the disk, as far as this watcher wants it.

        Whatever was written before the call is live after it. Under `on="poll"` that is what the file watch has
        told of, which costs next to nothing when nothing was saved. Does nothing while paused. Raises RuntimeError
        when the watcher was stopped.
        """
        if self._pauses:
            return Report("nothing")
        if self._stopped:
            raise RuntimeError("this watcher was stopped; make a new one with reloadr.watch()")
        if self.on == "poll":
            return self._teller.deliver(self)
        return self._session.poll(strict=self.strict)

    def is_behind(self) -> bool:
        """Whether something was saved that is not tried yet: a look at the files, after which nothing is live."""
        return not (self._pauses or self._stopped) and self._session.is_behind()

    def stop(self) -> None:
        """Ends the watching; what is live stays. Harmless when repeated."""
        if not self._stopped:
            self.left_behind()
            self._session.drop(self)
            self.rules = []
            for call in self.at_stop:
                call()
        self._teller.ended()

    def left_behind(self) -> None:
        """It is stopped, whatever becomes of its modules: a fork has made this process."""
        self._stopped = True

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
            if not self._pauses and self._teller.has_waiting:
                self._teller.wake()

    @property
    def is_paused(self) -> bool:
        """Whether it is inside a `paused()` block."""
        return self._pauses > 0

    @property
    def is_alive(self) -> bool:
        """Whether saves reach it: not stopped, and not left behind by a fork."""
        return not self._stopped and (self.on == "look" or self._teller.is_running)

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the modules it watches now."""
        with self._session.held():
            self._session.discovery.look()
            return self._known()

    def _known(self) -> tuple[str, ...]:
        tracked = list(self._session.tracked.items())
        return tuple(sorted(name for name, each in tracked if self.wants(each.module, each.path)))

    def may_want(self, module: ModuleType, real: Real) -> bool:
        """Whether a module can be one of its targets, as far as it tells of itself."""
        return any(rule.may_want(module, real) for rule in self.rules)

    def wants(self, module: ModuleType, path: str) -> bool:
        """Whether a module is one of its targets."""
        return any(rule.wants(module, path) for rule in self.rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- what is seen of it ----------------------------------------------------------------------

    def __repr__(self) -> str:
        if self._stopped:
            return "<watcher: stopped>"
        names = self._known()
        shown = ", ".join(names) or "no module yet"
        if len(names) > 3:
            shown = f"{plural(len(names), 'module')} ({', '.join(names[:3])}, …)"
        when = _WHEN[self.on] if self.is_alive else "left behind by a fork"
        return f"<watcher of {shown}: {'paused' if self._pauses else when}>"

    def _ipython_display_(self) -> None:
        if not displays:
            # IPython shows the repr instead.
            raise NotImplementedError
        displays[-1](self)

    # ---- what it tells ---------------------------------------------------------------------------

    def on_report(self, callback: OnReport) -> OnReport:
        """Calls `callback(report)` after each reload that concerns this watcher.

        In the thread that carried it out, which holds no lock of ours any more: it may wait for other threads. What it
        raises is logged. Usable as a decorator.
        """
        self._on_report.append(callback)
        return callback

    def concerns(self, report: Report, tracked: Mapping[str, Tracked]) -> bool:
        """Whether a report is about a module that it watches."""
        names = {change.module for change in report.changes} | {reason.module for reason in report.reasons}
        found = [tracked[name] for name in names if name in tracked]
        return not found or any(self.wants(each.module, each.path) for each in found)

    @property
    def has_hearers(self) -> bool:
        """Whether somebody wants to hear of its reports."""
        return bool(self._on_report)

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


#: The name of those that are told of saves, from the time when there were two classes.
AutoWatcher = Watcher


class Inert(Watcher):
    """Does nothing, whatever is asked of it: reloadr is disabled."""

    def poll(self) -> Report:
        """Nothing is ever done."""
        return Report("nothing")

    def stop(self) -> None:
        """There is nothing to stop."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Saves are not applied anyway."""
        yield

    @property
    def modules(self) -> tuple[str, ...]:
        """None."""
        return ()

    def __repr__(self) -> str:
        return "<watcher: reloadr is disabled>"


def everyone(owner: Session) -> list[Watcher]:
    """All watchers of a session."""
    return [each for each in list(owner.watchers) if isinstance(each, Watcher)]


def told(owner: Session) -> list[Watcher]:
    """The watchers that are told of saves."""
    return [each for each in everyone(owner) if each.on != "look"]
