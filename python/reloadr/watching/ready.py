"""Large files are made ready for their first edit while nothing else is to be done: their text is parsed by then."""

from __future__ import annotations

import itertools

from reloadr.live.module import Tracked
from reloadr.session.session import Session

__all__ = ["Ready"]

#: From how many bytes on a file is large: it takes ten milliseconds to parse. And how many bytes are made ready in all,
#: since what is known of a text takes ten times its room.
LARGE, MOST = 50_000, 2_000_000


class Ready:
    """The modules that are still to be made ready."""

    def __init__(self, owner: Session) -> None:
        self._session = owner
        self._todo: list[Tracked] = []

    @property
    def has_more(self) -> bool:
        """Whether there is something to do."""
        return bool(self._todo)

    def begin(self) -> None:
        """Takes note of the modules that were taken in."""
        with self._session.held():
            large = [each for each in self._session.tracked.values() if each.snapshot.size >= LARGE]
        room = itertools.accumulate(each.snapshot.size for each in large)
        self._todo = [each for each, taken in zip(large, room, strict=True) if taken <= MOST]

    def step(self) -> None:
        """Makes one of them ready. Other threads run meanwhile, but for one that asks for a reload."""
        if self._todo:
            with self._session.held():
                self._todo.pop().make_ready()

    def clear(self) -> None:
        """There is nothing to do any more."""
        self._todo.clear()
