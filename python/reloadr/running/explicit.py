"""What a program asks for by itself: a loop that is held, and a block that is.

for batch in reloadr.loop(batches, hold=True):
    train(batch)                      # edited, raises: waits for the mend, and is done again
while True:
    with reloadr.hold():
        serve(next(requests))         # waits for the mend; the program goes on below the block
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from typing import Generic, TypeVar

from reloadr import _disabled
from reloadr.running import calls, interpreter, moves, unwinding
from reloadr.running.guards import has_guards
from reloadr.running.holding import Mode, Repeats, hold_error, holding
from reloadr.running.news import News, Whose, announce
from reloadr.running.turns import Turning, can_turn, givers

T = TypeVar("T")


def loop(iterable: Iterable[T], *, hold: bool | Mode = False) -> Iterator[T]:
    """Goes through an iterable. With `hold`, an exception out of an edited function waits in the loop for the next
    save, and the iteration is done again; with `hold="next"` the next one is begun. Raises ValueError for another."""
    if hold not in (False, True, "again", "next"):
        raise ValueError(f'hold must be True, False, "again" or "next", not {hold!r}')
    if _disabled.is_disabled() or not (hold or interpreter.BY_CALL):
        return iter(iterable)
    mode: Mode = "next" if hold == "next" else "again"
    if not interpreter.BY_CALL:
        return _Loop(iterable, mode)
    here = sys._getframe()
    made = _Turning(iterable, mode if hold else None)
    return made if made.adopted(here) or hold else iter(iterable)


givers.append(loop)


class _Loop(Repeats, Generic[T]):
    """The iterator of a loop that is held."""

    __slots__ = ("_code", "_mode")

    def __init__(self, iterable: Iterable[T], mode: Mode) -> None:
        super().__init__(iter(iterable))
        self._mode: Mode = mode
        #: That which the loop is known to run.
        self._code: CodeType | None = None

    def __next__(self) -> T:
        frame = sys._getframe(1)
        if frame.f_code is not self._code:
            self._hold(frame)
        item: T = super().__next__()
        return item

    def _hold(self, frame: FrameType) -> None:
        code = frame.f_code
        holding.ask(code, self._mode)
        if has_guards(code):
            self._code = code
        elif holding.is_watched():
            self._code = code
            known = unwinding.known_of(code)
            why = interpreter.obstacle() or ("" if known else _UNWATCHED)
            if known is None or why:
                announce(News(_whose(frame), frame.f_lineno, why, "unheld"))
                return
            unwinding.begin()
            moves.await_guards(code, *known)


_UNWATCHED = "its module is not watched"


class _Turning(Repeats, Generic[T]):
    """The iterator of a loop that is held, or moves only by it: see `turns.py`."""

    __slots__ = ("_code", "_frame", "_is_asked", "_mode", "_tried", "_turns", "_why")

    def __init__(self, iterable: Iterable[T], mode: Mode | None) -> None:
        super().__init__(iter(iterable))
        self._mode = mode
        #: Why it is not held.
        self._why = _UNWATCHED
        #: The frame that asks for items, by its id, and what it runs; whether nothing else asks for them.
        self._frame = 0
        self._code: CodeType | None = None
        self._is_asked = False
        #: What it asked its frame for; whether the next one to ask for an item is that frame.
        self._tried: moves.Move | None = None
        self._turns = False

    def adopted(self, here: FrameType) -> bool:
        """Whether the frame that called `loop` can move from now on."""
        frame = here.f_back
        assert frame is not None
        known = unwinding.known_of(frame.f_code)
        if known is None:
            return False
        try:
            calls.adopt(here, *known, self._mode)
        except (ValueError, RuntimeError) as reason:
            self._why = str(reason)
            return False
        self._why = ""
        self._frame, self._code = id(frame), frame.f_code
        self._is_asked = calls.goes_through(self._code, frame.f_lasti)
        return True

    def __next__(self) -> T:
        frame = sys._getframe(1)
        if self._turns:
            self._turns = False
            self._frame, self._code = id(frame), frame.f_code
        elif self._why and self._mode is not None and holding.is_watched():
            announce(News(_whose(frame), frame.f_lineno, self._why, "unheld"))
            self._why = ""
        move = moves.move_of(frame.f_code)
        if move is not None and move is not self._tried and self._is_asked:
            self._tried = move
            if can_turn(frame.f_code, frame.f_lasti):
                self._turns = True
                raise Turning
        item: T = super().__next__()
        return item

    def __del__(self, is_over: Callable[[], bool] = sys.is_finalizing) -> None:
        """The loop is left. Nothing tells when its function is."""
        if self._code is None or is_over():
            return
        move, frame = moves.move_of(self._code), sys._getframe(1)
        if move is not None and not (id(frame) == self._frame and calls.comes_again(move, frame)):
            moves.ended(self._code, self._frame)


def hold() -> _Hold:
    """A block that an exception out of an edited function does not leave: it waits for the next save, then the program
    goes on below the block."""
    return _Hold()


class _Hold:
    """The block."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        if _disabled.is_disabled() or not isinstance(error, Exception) or not holding.concerns(error):
            return False
        frame = sys._getframe(1)
        return hold_error(error, _whose(frame), frame.f_lineno, "left", waits=not holding.is_mended(error))


def _whose(frame: FrameType) -> Whose:
    code = frame.f_code
    name = "" if code.co_name == "<module>" else code.co_qualname
    return Whose(frame.f_globals.get("__name__", ""), name, code.co_filename, code.co_firstlineno)


__all__ = ["hold", "loop"]
