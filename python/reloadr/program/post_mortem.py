"""A program that an edit has made raise, under `reloadr run --hold`: keys for what waits, and the wait before its end.

Before the end its main thread has left everything, so that nothing can go on. But its other threads, its sockets and
its objects are there to be looked at, until a save starts it again.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from reloadr.program.line import GO_ON, LOOK
from reloadr.report import log
from reloadr.running.holding import frames_of, holding
from reloadr.running.news import News, Whose, announce

__all__ = ["Keyboard", "wait_before_the_end"]


class Keyboard:
    """The keys of the terminal that the supervisor reads, for one who waits at a time.

    Where the program reads its terminal itself, the keys are its own: some thread of it may be about to read a line.
    """

    def __init__(self, keys: Callable[[], str], give_back: Callable[[], object]) -> None:
        """`keys` gives those that came since it was asked; `give_back` has the supervisor take the terminal again."""
        self._keys = keys
        self._give_back = give_back
        self._whose: BaseException | None = None
        #: Whether it was said that there are keys.
        self._is_told = False
        self._lock = threading.Lock()

    def begin(self, error: BaseException) -> None:
        """The first one who waits has the keys."""
        with self._lock:
            if self._whose is None:
                self._take(error)

    def lets_go(self, error: BaseException) -> bool:
        """Whether what is held is to go on; shows the exception in pdb, if that is wanted."""
        with self._lock:
            if self._whose is None:
                self._take(error)
            if self._whose is not error:
                return False
        self._tell()
        for key in self._keys():
            if key == GO_ON:
                return True
            if key == LOOK:
                self._look_at(error)
        return False

    def end(self, error: BaseException) -> None:
        """The next one who waits has them."""
        with self._lock:
            if self._whose is error:
                self._whose = None

    def _take(self, error: BaseException) -> None:
        self._whose = error
        self._is_told = False
        # Those that were typed before.
        self._keys()

    def _tell(self) -> None:
        if not self._is_told and _is_supervisors():
            self._is_told = True
            log.say(logging.INFO, f"keys: {GO_ON} lets {type(self._whose).__name__} go on, {LOOK} looks at it with pdb")

    def _look_at(self, error: BaseException) -> None:
        """Hands a thread that waits to pdb. That reads the terminal, so the supervisor hands that over, and gets it
        back."""
        was_supervisors = _is_supervisors()
        # Few programs need it: its import is no part of a start.
        pdb: Any = importlib.import_module("pdb")
        try:
            pdb.post_mortem(error if sys.version_info >= (3, 13) else error.__traceback__)
        finally:
            if was_supervisors:
                # It is said anew once the supervisor has it.
                self._is_told = False
                self._give_back()


def _is_supervisors() -> bool:
    """Whether the supervisor reads the terminal."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = sys.__stdin__.fileno()  # type: ignore[union-attr]
        return os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgid(os.getppid())
    return False


def wait_before_the_end(error: BaseException, since: int, restart: Callable[[], bool]) -> None:
    """Waits for more than so many saves, and has the program started again; or until the keyboard ends it."""
    sys.last_value, sys.last_type, sys.last_traceback = error, type(error), error.__traceback__
    sys.last_exc = error
    frames = [frame for frame in frames_of(error.__traceback__) if holding.is_edited(frame)]
    announce(News(_whose(frames[-1]), 0, f"{type(error).__name__}: {error}", "waits"))
    # An interrupt ends it as it would have ended, and so does a key.
    with contextlib.suppress(KeyboardInterrupt):
        while holding.wait(since, error) and restart():
            since = holding.saves


def _whose(frame: FrameType) -> Whose:
    code = frame.f_code
    name = "" if code.co_name == "<module>" else code.co_qualname
    return Whose(frame.f_globals.get("__name__", ""), name, code.co_filename, code.co_firstlineno)
