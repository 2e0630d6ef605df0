"""What the program imports from outside of the user's own code: in which order, in which state, after which lines.

An import is one that no other library's import asked for. They are told to the supervisor once no more come. A moment
without one is told before that: if it is a restart, a process that imports the same may be started by now, and takes no
time from the program's own start.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

from reloadr._core import Snapshot
from reloadr.live import capture
from reloadr.live.origin import is_initialising
from reloadr.program.spare.state import State, marks
from reloadr.watching import auto

__all__ = ["Import", "Recorder", "is_import", "is_user_code", "lines_of"]

#: How long no import may have come before they are told, seconds.
QUIET = 2.0
#: The same, of a moment.
MOMENT = 0.3

is_user_code = functools.lru_cache(maxsize=4096)(capture.is_user_code)


@dataclass(slots=True)
class Import:
    """One import of a library."""

    name: str
    #: Which of the states it was made in, and which of the marks.
    state: int
    marks: int
    #: The lines of the user's that are at work: file, first line of the function, or 0 for a module, and line.
    lines: list[tuple[str, int, int]]
    #: How many of the user's files had begun to run.
    begun: int
    #: Whether it imported something of the user's.
    own: bool = False


class Recorder:
    """A finder that finds nothing, and sees who asks."""

    def __init__(self, tells: Callable[..., object], rests: Callable[[], object]) -> None:
        """`rests` is called after the first moment without an import, `tells` with all of them."""
        self._tells = tells
        self._rests: Callable[[], object] | None = rests
        self._process, self._thread = os.getpid(), threading.get_ident()
        self._states: list[State] = []
        self._marks: list[dict[str, Any]] = []
        self._imports: list[Import] = []
        #: Those whose modules may still be running.
        self._open: list[Import] = []
        #: The user's files in the order in which they began to run, with the hash of the text.
        self.files: list[tuple[str, int]] = []
        self._told = 0
        self._look_at: float | None = None

    def install(self) -> None:
        """From now on."""
        sys.meta_path.insert(0, self)
        capture.listeners.append(self._reads)
        auto.auto.turns.append(self._turn)
        auto.auto.deadlines.append(lambda: self._look_at)

    def saw(self, snapshot: Snapshot) -> None:
        """A file of the user's is about to run."""
        self.files.append((os.path.abspath(snapshot.path), snapshot.hash))

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Somebody imports what is not loaded yet."""
        if threading.get_ident() != self._thread or os.getpid() != self._process or name.partition(".")[0] == "reloadr":
            return
        if not is_import(sys._getframe(1)):
            return
        while self._open and not is_initialising(sys.modules.get(self._open[-1].name)):  # type: ignore[arg-type]
            if self._open[-1].name == name:
                # Asked for once more by another finder.
                return
            self._open.pop()
        if self._open:
            return
        # What a package of the user's has is the user's, of whom nothing is told.
        if not path or not all(is_user_code(os.path.join(folder, "__init__.py")) for folder in path):
            found = Import(
                name,
                _last(self._states, State.now()),
                _last(self._marks, marks()),
                lines_of(sys._getframe(1)),
                len(self.files),
            )
            self._imports.append(found)
            self._open.append(found)
        if self._look_at is None:
            self._look_at = time.monotonic() + self._quiet
            auto.auto.wake()

    def _reads(self, module: ModuleType, path: str) -> None:
        """A module turns out to be one of the user's."""
        if self._open and self._open[-1].name == module.__name__:
            self._imports.remove(self._open.pop())
        for each in self._open:
            if is_initialising(sys.modules.get(each.name)):  # type: ignore[arg-type]
                each.own = True
        # What the user's own module imports is asked for by nobody's library.
        self._open.clear()

    @property
    def _quiet(self) -> float:
        return QUIET if self._rests is None else MOMENT

    def _turn(self) -> None:
        if self._look_at is None or time.monotonic() < self._look_at or os.getpid() != self._process:
            return
        if len(self._imports) != self._told or (self._open and _is_running(self._open[-1])):
            self._told, self._look_at = len(self._imports), time.monotonic() + self._quiet
            return
        if self._rests is not None:
            self._rests()
            self._rests, self._look_at = None, time.monotonic() + QUIET
            return
        self._look_at = None
        wanted = [each for each in list(self._imports) if each.own or _is_library(each.name)]
        if wanted:
            self._tells(
                imports=[{name: getattr(each, name) for name in Import.__slots__} for each in wanted],
                marks=self._marks,
                states=[each.to_dict() for each in self._states],
                files=self.files,
            )


def _last(known: list[Any], now: object) -> int:
    """Where what is now stands: at the end, if it is no other than before."""
    if not known or known[-1] != now:
        known.append(now)
    return len(known) - 1


def _is_running(each: Import) -> bool:
    module = sys.modules.get(each.name)
    return module is not None and is_initialising(module)


def _is_library(name: str) -> bool:
    """Whether a module was imported, and is none of the user's."""
    module = sys.modules.get(name)
    if not isinstance(module, ModuleType):
        return False
    path = module.__dict__.get("__file__")
    return isinstance(path, str) and not is_user_code(path) if path is not None else name in sys.builtin_module_names


def is_import(frame: FrameType | None) -> bool:
    """Whether a finder is asked for an import, rather than by who only wants to know, as `importlib.util.find_spec`."""
    while frame is not None and frame.f_code.co_name == "find_spec":
        frame = frame.f_back
    asks = frame.f_back if frame is not None else None
    return asks is not None and asks.f_code.co_name.startswith("_find_and_load")


def lines_of(frame: FrameType | None) -> list[tuple[str, int, int]]:
    """The lines of the user's that a frame goes back to."""
    found = []
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith("<") and is_user_code(code.co_filename):
            first = 0 if code.co_name == "<module>" else code.co_firstlineno
            found.append((os.path.abspath(code.co_filename), first, frame.f_lineno))
        frame = frame.f_back
    return found
