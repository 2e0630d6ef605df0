"""A loop that calls what raises is held before the exception comes to it.

    while True:                    # not edited, and not known before
        step()                     # edited, raises: while it unwinds, its caller gets code whose loops are held

`sys.monitoring` tells of frames that end by an exception. The frame that called one directly waits for it, and its code
is looked at anew when it goes on: that can be the same code with guards behind its end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple

from reloadr._core import replace_code
from reloadr.running import interpreter, moves
from reloadr.running.guards import has_guards
from reloadr.running.holding import holding
from reloadr.running.news import Whose
from reloadr.running.texts import Place


class Known(NamedTuple):
    """What is known of a function of a watched module."""

    place: Place
    whose: Whose
    learn: Callable[[CodeType], object]


class _Watch:
    """Whether frames that unwind are looked at, and who knows of functions."""

    def __init__(self) -> None:
        self.is_on = False
        self.finders: list[Callable[[CodeType], Known | None]] = []

    def find(self, code: CodeType) -> Known | None:
        """What the first one says who knows of a code object."""
        return next((found for find in self.finders if (found := find(code)) is not None), None)


watch = _Watch()


def begin() -> None:
    """Looks at frames that end by an exception from now on, where anything is held."""
    number = None if watch.is_on or interpreter.obstacle() else interpreter.tool()
    if number is not None:
        watch.is_on = True
        monitoring: Any = sys.monitoring
        monitoring.register_callback(number, monitoring.events.PY_UNWIND, _unwinds)
        monitoring.set_events(number, monitoring.get_events(number) | monitoring.events.PY_UNWIND)


def _unwinds(code: CodeType, offset: int, error: BaseException) -> None:
    frame = sys._getframe(1)
    caller = frame.f_back
    if caller is None or holding.mode(caller.f_code) is None or not isinstance(error, Exception):
        return
    try:
        old = caller.f_code
        if not moves.comes_round(old) or has_guards(old) or not holding.concerns(error):
            return
        known = known_of(old)
        new = None if known is None else moves.in_place(moves.await_guards(old, *known), old)
        if new is not None:
            interpreter.make_known(new)
            replace_code(frame, caller, new)
    except Exception:
        # It goes on as it would without us.
        return


def guard_running() -> None:
    """Loops at work are held from their next iteration on: what raises may be called by the interpreter's functions."""
    if holding.everywhere is None or interpreter.obstacle():
        return
    for top in sys._current_frames().values():
        frame: FrameType | None = top
        while frame is not None:
            code = frame.f_code
            if moves.comes_round(code) and not has_guards(code) and (known := known_of(code)) is not None:
                moves.await_guards(code, *known)
            frame = frame.f_back


def known_of(code: CodeType) -> Known | None:
    """Where a code object stands; None for one of no watched module."""
    found = watch.find(code)
    place = moves.places.of(code)
    return found if found is None or place is None else found._replace(place=place)


__all__ = ["Known", "begin", "guard_running", "known_of", "watch"]
