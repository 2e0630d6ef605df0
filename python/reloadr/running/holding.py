"""Exceptions that come out of edited functions wait at a loop for the next save, instead of ending the program.

    for batch in batches:          # waits here, with its variables as they are
        train(batch)               # edited, and raises

It is off, but for `reloadr run --hold`, and where the program asks for it: `reloadr.loop(..., hold=True)`.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal, Protocol, Self, cast
from weakref import ref

from reloadr._core import frame_parts
from reloadr.running import interpreter
from reloadr.running.guards import Guard
from reloadr.running.news import Event, News, Whose, announce
from reloadr.running.slots import MISSING, from_place

#: What becomes of an iteration that raised, once something was saved.
Mode = Literal["again", "next"]

#: How long somebody who waits for a save sleeps before he looks for signals and saves, seconds.
_NAP = 0.1


class Keyboard(Protocol):
    """Keys by which people say what becomes of what is held; one who waits has them at a time."""

    def begin(self, error: BaseException) -> None:
        """Somebody waits: what was typed before is not meant for him."""

    def lets_go(self, error: BaseException) -> bool:
        """Whether what is held is to go on; asked again and again."""

    def end(self, error: BaseException) -> None:
        """Nobody waits with it any more."""


class NoKeyboard:
    """Where nobody types."""

    def begin(self, error: BaseException) -> None:
        pass

    def lets_go(self, error: BaseException) -> bool:
        return False

    def end(self, error: BaseException) -> None:
        pass


class Holding:
    """What is held in this process, and what wakes it."""

    def __init__(self) -> None:
        #: For every loop; None where only those are held that ask for it.
        self.everywhere: Mode | None = None
        #: Looks for saves, where no thread does; whether anything is watched at all.
        self.look: Callable[[], object] = lambda: None
        self.is_watched: Callable[[], bool] = lambda: False
        #: Whether the function of a code object has another one by now.
        self.is_old: Callable[[CodeType], bool] = lambda code: False
        self.keyboard: Keyboard = NoKeyboard()
        #: At how many saves somebody said that what is held goes on: until the next one nothing is held. What one
        #: raises is raised by others too, goes on as another exception, and meets loops further out.
        self._let_go = -1
        self._asked: dict[int, tuple[ref[CodeType], Mode]] = {}
        self._edited: set[tuple[object, str]] = set()
        self._saves = 0
        self._lock = threading.RLock()
        self._saved = threading.Condition(self._lock)
        #: How many threads wait for that, by the lock: mostly none does.
        self._waiting = 0

    # ---- which loops -----------------------------------------------------------------------------

    def ask(self, code: CodeType, mode: Mode) -> None:
        """The loops of a code object are held from now on."""
        key = id(code)
        self._asked[key] = (ref(code, partial(self._asked.pop, key)), mode)

    def mode(self, code: CodeType) -> Mode | None:
        """How the loops of a code object are held, if they are."""
        held = self._asked.get(id(code))
        return held[1] if held is not None and held[0]() is code else self.everywhere

    def carry(self, old: CodeType, new: CodeType) -> None:
        """What was asked for one code object holds for the one that its frames go on in."""
        held = self._asked.get(id(old))
        if held is not None and held[0]() is old:
            self.ask(new, held[1])

    # ---- which exceptions ------------------------------------------------------------------------

    def note(self, module: str, qualname: str) -> None:
        """An edit of a definition becomes live; "" for a module's own lines."""
        self._edited.add((module, qualname))

    def is_edited(self, frame: FrameType) -> bool:
        """Whether a frame runs what was edited in this run, or stands in it."""
        names = frame.f_code.co_qualname.split(".")
        if names == ["<module>"]:
            names = [""]
        module = frame.f_globals.get("__name__")
        return any((module, ".".join(names[:end])) in self._edited for end in range(1, len(names) + 1))

    def concerns(self, error: object) -> bool:
        """Whether an exception is to be held: one of its own that comes out of an edited function."""
        if not isinstance(error, Exception) or not self._edited or not self.is_watched():
            return False
        if self._let_go == self._saves:
            return False
        return any(self.is_edited(frame) for frame in frames_of(error.__traceback__))

    def is_mended(self, error: Exception) -> bool:
        """Whether what an exception came out of was edited again before it was raised."""
        frames = frames_of(error.__traceback__)
        return any(self.is_edited(frame) and self.is_old(frame.f_code) for frame in frames)

    # ---- waiting ---------------------------------------------------------------------------------

    def saved(self) -> None:
        """An edit became live."""
        with self._lock:
            self._saves += 1
            if self._waiting:
                self._saved.notify_all()

    @property
    def saves(self) -> int:
        """How many edits became live so far."""
        return self._saves

    def wait(self, since: int, error: BaseException) -> bool:
        """Waits until more than so many edits are live, or until a key lets go what is held; whether it was a save.
        Signals are handled meanwhile."""
        self.keyboard.begin(error)
        try:
            while self._saves == since:
                if self._let_go == since or self.keyboard.lets_go(error):
                    self._let_go = since
                    return False
                with self._saved:
                    if self._saves == since:
                        self._nap()
                self.look()
        finally:
            self.keyboard.end(error)
        return True

    def _nap(self) -> None:
        self._waiting += 1
        try:
            self._saved.wait(_NAP)
        finally:
            self._waiting -= 1


def frames_of(trace: TracebackType | None) -> Iterator[FrameType]:
    """The frames that an exception came through, from the outermost."""
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


holding = Holding()


def hold_error(error: Exception, whose: Whose, line: int, then: Event, *, waits: bool = True) -> bool:
    """Shows an exception and waits for a save; whether there was one. Whatever a signal's handler raises comes out."""
    since = holding.saves
    show: Any = sys.excepthook
    show(type(error), error, error.__traceback__)
    if waits:
        announce(News(whose, line, f"{type(error).__name__}: {error}".removesuffix(": "), "held"))
        if not holding.wait(since, error):
            return False
    announce(News(whose, line, "", then))
    return True


class LoopGuard(Guard):
    """Held by code whose loop is held: see `guards.py`."""

    __slots__ = ("_asked", "_below", "_depth", "_mode", "_target", "_whose")

    def __init__(self, whose: Whose, mode: Mode, below: int, target: ast.expr | None, depth: int) -> None:
        self._whose = whose
        self._mode = mode
        self._below = below
        self._target = target
        self._depth = depth
        self._asked = threading.local()

    def __contains__(self, error: object) -> bool:
        """Whether the loop goes on; asked by its frame."""
        self._asked.error = error
        if not isinstance(error, Exception) or not holding.concerns(error):
            return False
        frame = sys._getframe(1)
        if self._target is not None and interpreter.STACK_HAS_PLACES:
            self._asked.place = frame_parts(frame, MISSING)[2][self._depth - 1]
        # What was mended while it ran has no other save to wait for. Not a second time in the same frame, for it may be
        # that it cannot move; many may run this code, and each may be in the midst of it.
        if getattr(self._asked, "saves", -1) != holding.saves:
            self._asked.saves, self._asked.frames = holding.saves, set()
        frames: set[int] = self._asked.frames
        waits = id(frame) in frames or not holding.is_mended(error)
        frames.add(id(frame))
        line = frame.f_code.co_firstlineno + self._below
        goes_on = hold_error(error, self._whose, line, self._mode, waits=waits)
        if goes_on:
            self._asked.error = None
        return goes_on

    def __invert__(self) -> BaseException:
        """What was not held."""
        error: BaseException = self._asked.error
        self._asked.error = None
        return error

    def __lshift__(self, iterator: Any) -> Iterator[object]:
        """An iterator that gives once more what the loop has in its variables, and then goes on."""
        place = getattr(self._asked, "place", MISSING)
        if type(place) is int:
            # It goes through a sequence by itself.
            iterator = from_place(iterator, place)
        if isinstance(iterator, Repeats):
            iterator.again()
            return cast("Iterator[object]", iterator)
        try:
            return Repeated(_value(self._target, sys._getframe(1)), iterator)
        except LookupError:
            return cast("Iterator[object]", iterator)


def _value(target: ast.expr | None, frame: FrameType) -> object:
    """What variables have that a loop puts its items into. Raises LookupError."""
    if isinstance(target, ast.Name):
        return frame.f_locals[target.id]
    if isinstance(target, (ast.Tuple, ast.List)):
        return tuple(_value(each, frame) for each in target.elts)
    raise LookupError("not in a variable")


class Repeats:
    """An iterator that can give its last item once more."""

    __slots__ = ("_is_due", "_item", "_iterator")

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._is_due = False
        self._item: Any = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._is_due:
            self._is_due = False
        else:
            self._item = next(self._iterator)
        return self._item

    def again(self) -> None:
        """The last item is given once more."""
        self._is_due = True


class Repeated(Repeats):
    """An item, and then what an iterator gives."""

    __slots__ = ()

    def __init__(self, item: object, iterator: Iterator[object]) -> None:
        super().__init__(iterator)
        self._item = item
        self.again()


__all__ = ["Holding", "Keyboard", "LoopGuard", "Mode", "Repeats", "hold_error", "holding"]
