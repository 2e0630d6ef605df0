"""What happened, one line per action: on the `reloadr` logger, or on the terminal under `reloadr run`.

Never on both: a terminal that was set takes the lines, unless the program gave the logger a handler of its
own. Without either, Python's logging shows what is a warning or worse on standard error, so an error is
never silent.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TextIO

from reloadr.report.reasons import Reason, place
from reloadr.report.report import Report

__all__ = ["MENDED", "Terminal", "lines_of", "logger", "say", "show_on", "tell"]

logger = logging.getLogger("reloadr")

#: How long the end of a process waits for a line that is being written, seconds.
LAST = 1.0

#: Said when the last mistake is gone.
MENDED = "mended: what runs is what is saved again"

_LEVELS = {"caveat": logging.WARNING, "restart": logging.WARNING, "rejected": logging.ERROR}
#: Escape sequences by level.
_COLOURS = {logging.DEBUG: "2", logging.INFO: "32", logging.WARNING: "33", logging.ERROR: "31"}


class _Turn:
    """One thread writes at a time, and none any more once the process ends: a thread that is stopped while it writes
    keeps the stream locked, and Python, which flushes it at its end, then calls that a fatal error."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_over = False
        atexit.register(self._end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def __enter__(self) -> bool:
        """Gives whether something may be written."""
        self._lock.acquire()
        return not self._is_over

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _end(self) -> None:
        # Whoever writes to what nobody reads is not waited for.
        is_free = self._lock.acquire(timeout=LAST)
        self._is_over = True
        if is_free:
            self._lock.release()

    def _in_child(self) -> None:
        self._lock, self._is_over = threading.RLock(), False


_turn = _Turn()


class Terminal:
    """Writes lines for people; with colours where somebody sees them."""

    def __init__(self, stream: TextIO, *, colours: bool | None = None) -> None:
        self._stream = stream
        self.colours = _wants_colours(stream) if colours is None else colours

    @property
    def takes_reports(self) -> bool:
        """Whether what a reload did is shown by somebody else, who gets its report."""
        return False

    def write(self, level: int, text: str) -> None:
        """Writes one message; one that cannot be written is lost without harm."""
        with _turn as is_open, contextlib.suppress(OSError, ValueError):
            if is_open:
                self._stream.write(self._formatted(level, text))
                self._stream.flush()

    def _formatted(self, level: int, text: str) -> str:
        head = "[reloadr]"
        if self.colours:
            colour = _COLOURS.get(level, "0")
            return "".join(f"\x1b[2m{head}\x1b[0m \x1b[{colour}m{line}\x1b[0m\n" for line in text.split("\n"))
        return "".join(f"{head} {line}\n" for line in text.split("\n"))


def _wants_colours(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:
        return False


_terminal: Terminal | None = None


def show_on(terminal: Terminal | None) -> None:
    """From now on lines go to a terminal instead of to logging; None: back to logging."""
    global _terminal
    _terminal = terminal


def say(level: int, text: str, *, error: BaseException | None = None) -> None:
    """Says one line, on the terminal or the logger."""
    if _terminal is not None and not logger.handlers:
        if level >= logging.INFO:
            _terminal.write(level, text)
        return
    logger.log(level, "%s", text, exc_info=error)


def tell(report: Report, *, quiet: bool = False, pending: Iterable[Reason] = ()) -> None:
    """Says what a reload did: a line per action, then why not all of it is live.

    `quiet` is for a report that its caller was handed as well: nothing of it is a warning.
    """
    is_shown = _terminal is not None and not logger.handlers
    if is_shown and _terminal is not None and _terminal.takes_reports:
        return
    if quiet and not is_shown and not logger.isEnabledFor(logging.INFO):
        return
    for level, text in lines_of(report, pending):
        say(min(level, logging.INFO) if quiet else level, text)


def lines_of(report: Report, pending: Iterable[Reason] = ()) -> Iterator[tuple[int, str]]:
    """The lines for a report, each with its level; the time the whole took stands on the last action."""
    took = f"{report.elapsed * 1000:.1f} ms"
    for at, change in enumerate(report.changes, 1):
        yield logging.INFO, f"{change}  {took}" if at == len(report.changes) else str(change)
    for reason in report.reasons:
        yield _LEVELS.get(reason.verdict, logging.INFO), str(reason)
    if report.verdict == "live" and not report.changes:
        yield logging.DEBUG, f"nothing to run, lines follow  {took}"
    told = set(report.reasons)
    waiting = [reason for reason in pending if reason not in told]
    if waiting:
        yield logging.WARNING, f"still not running what is saved ({len(waiting)}):"
        for reason in waiting:
            yield logging.WARNING, f"  {reason.code} {place(reason.path, reason.line)}: {reason.message}"


def stderr() -> Terminal:
    """The terminal, or whatever standard error is."""
    return Terminal(sys.stderr)
