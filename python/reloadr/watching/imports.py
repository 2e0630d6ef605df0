"""Modules that are being imported while their files are watched already: when they are taken in."""

from __future__ import annotations

import time

from reloadr.live import capture

__all__ = ["Imports"]

#: The first and the longest wait for a module to finish its import, seconds.
EARLY, EARLIEST_AGAIN = 0.02, 1.0
#: How long after the last import what was imported is taken in, seconds; a save does so at once.
AFTER_IMPORTS = 0.5


class Imports:
    """Files whose modules are still being imported: their events wait."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        #: Those of them that were saved meanwhile, and when they are looked at again.
        self.early: set[str] = set()
        self._early_at: float | None = None
        self._early_wait = EARLY
        #: When what was imported is taken in, and how many imports there were when that was decided.
        self._take_in_at: float | None = None
        self._take_in_after = 0

    def clear(self) -> None:
        """Forgets all."""
        self.running.clear()
        self.early.clear()
        self._early_at = self._take_in_at = None

    def expect(self) -> None:
        """A program begins to be watched: it imports, or has imported."""
        self._take_in_at = time.monotonic() + AFTER_IMPORTS

    def begin(self, path: str) -> bool:
        """An import is about to read a file; whether somebody has to wake up for it."""
        self.running.add(path)
        if self._take_in_at is not None:
            return False
        self._take_in_at = time.monotonic() + AFTER_IMPORTS
        return True

    def deadlines(self) -> list[float]:
        """When there is something to do."""
        return [at for at in (self._early_at, self._take_in_at) if at is not None]

    def due(self, now: float) -> set[str]:
        """Files that were saved during their import and are to be looked at again."""
        return self.early if self._early_at is not None and self._early_at <= now else set()

    def have_ended(self) -> bool:
        """Whether what was imported is to be taken in now: no more is imported. The first save need not wait then."""
        now = time.monotonic()
        if self._take_in_at is None or now < self._take_in_at:
            return False
        count = capture.imports()
        if count != self._take_in_after:
            self._take_in_at, self._take_in_after = now + AFTER_IMPORTS, count
            return False
        self._take_in_at = None
        return True

    def wait(self, early: set[str]) -> None:
        """These were saved, but their import has not ended: they are looked at again, less and less often."""
        if early - self.early:
            self._early_wait = EARLY
        elif early:
            self._early_wait = min(self._early_wait * 2, EARLIEST_AGAIN)
        self.early = {path for path in self.early | early if path in self.running}
        if early or not self.early:
            self._early_at = time.monotonic() + self._early_wait if self.early else None
