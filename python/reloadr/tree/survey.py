"""Processes of the program that give no account, such as one that was started with another environment: each is named
once it is seen. Nobody tells when one is started, so it is looked for a while after something else has happened, and
when a file was saved that none of the others runs: then it may be theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from reloadr.tree.account import YOUNG, Stranger

__all__ = ["Survey"]

#: How long after something has happened, seconds: a process that was started then is no longer young.
REST = YOUNG + 1.0
#: How long after a save that none of the others has to do with.
SOON = 0.2


class Survey:
    """Pure but for the clock that is handed in."""

    def __init__(self, say: Callable[[int, str], object], strangers: Callable[[Iterable[int]], list[Stranger]]) -> None:
        """`strangers` finds the Python processes that are none of these."""
        self._say = say
        self._strangers = strangers
        #: When it is looked next.
        self.until: float | None = None
        self._named: set[str] = set()

    def happened(self, now: float) -> None:
        """A process came, or has told something."""
        if self.until is None:
            self.until = now + REST

    def saved(self, now: float) -> None:
        """A file that nobody runs who gives account."""
        self._named.clear()
        self.until = min(now + SOON, self.until if self.until is not None else now + SOON)

    def turn(self, known: Iterable[int], now: float) -> None:
        """Looks, if it is time to; those who are `known` give account."""
        if self.until is None or now < self.until:
            return
        found = self._strangers(known)
        self.until = now + YOUNG if any(each.age < YOUNG for each in found) else None
        for each in found:
            if each.age >= YOUNG and each.name not in self._named:
                self._named.add(each.name)
                who = f"process {each.pid} ({each.name})"
                self._say(logging.WARNING, f"{who} does not get what is saved: nothing of reloadr is in it (RL239)")
