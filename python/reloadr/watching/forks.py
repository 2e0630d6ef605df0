"""Forks: the lock that a child would never see released, and CPython's warning of threads that do no harm."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable

from reloadr.session.session import Session

__all__ = ["ForkLock", "quieten_fork"]

#: How long a fork waits for a reload to end, seconds.
FORK_PATIENCE = 5.0
FORK_WARNING = r"This process \(pid=\d+\) is multi-threaded, use of (fork|forkpty)\(\) may lead to deadlocks"


class ForkLock:
    """The session's lock across a fork: a child that is made in the middle of a reload would never see its end."""

    def __init__(self, owner: Session) -> None:
        self._session = owner
        self._is_held = False

    def before(self) -> None:
        """In the parent, before the fork."""
        self._is_held = self._session.lock.acquire(timeout=FORK_PATIENCE)

    def in_parent(self) -> None:
        """In the parent, after it."""
        if self._is_held:
            self._session.lock.release()

    def in_child(self) -> None:
        """Lets go of the lock in the forked child; where another thread held it, the session begins anew there."""
        if self._is_held:
            self._session.lock.release()
        else:
            self._session.forked()


def quieten_fork(threads: Iterable[threading.Thread]) -> None:
    """CPython 3.12 and later warn of a fork beside other threads.

    Where those are ours alone there is nothing to warn of: they hold nothing that the child needs.
    """
    ours = sum(thread.is_alive() for thread in threads)
    if ours and threading.active_count() == 1 + ours:
        warnings.filterwarnings("ignore", FORK_WARNING, DeprecationWarning)
        return
    for entry in list(warnings.filters):
        if getattr(entry[1], "pattern", None) == FORK_WARNING:
            warnings.filters.remove(entry)  # type: ignore[attr-defined]
