"""What a program asks for by itself: a loop that is held, and a block that is.

for batch in reloadr.loop(batches, hold=True):
    train(batch)                      # edited, raises: waits for the mend, and is done again
while True:
    with reloadr.hold():
        serve(next(requests))         # waits for the mend; the program goes on below the block
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType, TracebackType
from typing import Generic, TypeVar

from reloadr import _disabled
from reloadr.running import interpreter, moves, unwinding
from reloadr.running.guards import has_guards
from reloadr.running.holding import Mode, Repeats, hold_error, holding
from reloadr.running.news import News, Whose, announce

T = TypeVar("T")


def loop(iterable: Iterable[T], *, hold: bool | Mode = False) -> Iterator[T]:
    """Goes through an iterable. With `hold`, an exception out of an edited function waits in the loop for the next
    save, and the iteration is done again; with `hold="next"` the next one is begun. Raises ValueError for another."""
    if hold not in (False, True, "again", "next"):
        raise ValueError(f'hold must be True, False, "again" or "next", not {hold!r}')
    if not hold or _disabled.is_disabled():
        return iter(iterable)
    return _Loop(iterable, "next" if hold == "next" else "again")


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
            why = interpreter.obstacle() or ("" if known else "its module is not watched")
            if known is None or why:
                announce(News(_whose(frame), frame.f_lineno, why, "unheld"))
                return
            unwinding.begin()
            moves.await_guards(code, *known)


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
