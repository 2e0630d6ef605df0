"""Long work in a living process, a little at a time: no other thread waits for it longer than a few milliseconds."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

__all__ = ["Pace", "Stopped", "paced_imports"]

#: Seconds that we work at a time, and that other threads have between.
SLICE, PAUSE = 0.002, 0.0005


class Stopped(Exception):
    """Nobody wants to know any more."""


class Pace:
    """Called between steps: lets others run when a slice is over. Raises Stopped when that is asked for."""

    def __init__(self, stop: Callable[[], bool] | None = None) -> None:
        self._stop = stop
        self._pause = time.perf_counter() + SLICE

    def __call__(self) -> None:
        if time.perf_counter() > self._pause:
            self.ask()
            time.sleep(PAUSE)
            self._pause = time.perf_counter() + SLICE

    def ask(self) -> None:
        """Raises Stopped when that is asked for."""
        if self._stop is not None and self._stop():
            raise Stopped


class _Finder:
    """Finds nothing: it is asked for each module that an import brings along."""

    def __init__(self, pace: Callable[[], object]) -> None:
        self._pace, self._thread = pace, threading.get_ident()

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if threading.get_ident() == self._thread:
            # Whoever asked to stop is heard as soon as the import has ended.
            with contextlib.suppress(Stopped):
                self._pace()


@contextlib.contextmanager
def paced_imports(pace: Callable[[], object]) -> Iterator[None]:
    """What this thread imports inside, it imports module by module, and rests between them."""
    finder = _Finder(pace)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(finder)
