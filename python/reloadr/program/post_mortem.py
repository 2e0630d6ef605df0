"""A program that an edit has made end, under `reloadr run --hold`, waits with all that it has before it does.

Its main thread has left everything, so that nothing can go on. But its other threads, its sockets and its objects are
there to be looked at, until a save starts it again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from reloadr.running.holding import frames_of, holding
from reloadr.running.news import News, Whose, announce

__all__ = ["wait_before_the_end"]


def wait_before_the_end(error: BaseException, since: int, restart: Callable[[], bool]) -> None:
    """Waits for more than so many saves, and has the program started again, or until the keyboard ends it."""
    sys.last_value, sys.last_type, sys.last_traceback = error, type(error), error.__traceback__
    sys.last_exc = error
    frames = [frame for frame in frames_of(error.__traceback__) if holding.is_edited(frame)]
    announce(News(_whose(frames[-1]), 0, f"{type(error).__name__}: {error}", "waits"))
    try:
        holding.wait(since)
        while restart():
            holding.wait(holding.saves)
    except KeyboardInterrupt:
        # It ends as it would have.
        return


def _whose(frame: FrameType) -> Whose:
    code = frame.f_code
    name = "" if code.co_name == "<module>" else code.co_qualname
    return Whose(frame.f_globals.get("__name__", ""), name, code.co_filename, code.co_firstlineno)
