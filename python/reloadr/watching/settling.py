"""When a file that was saved may be believed: not while it is being written, empty or no Python yet.

An ordinary save is believed at once. What looks unfinished is looked at again at its next event, and is
believed (and an error in it shown) once it stayed as it is for a while. Everything it was delivered with
waits with it, up to a bound, so that a save of several files stays one.

Pure: the clock is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Settling"]

#: How long a file must stay as it is, seconds: one that is empty or no Python, and one that is still open.
QUIET = 0.25
QUIET_WHILE_OPEN = 2.0
#: When a file that is still open is looked at again, seconds; the double each time. Linux tells that a writer closed a
#: file a moment before the file counts as closed, and nothing is told after that.
SOON = 0.001
#: How long, counted from its first sight, an unfinished file holds up those that came with it.
LIMIT = 3.0


@dataclass(slots=True)
class _Held:
    """A file that looks unfinished."""

    #: What it looked like.
    state: object
    #: When it was first seen so.
    since: float
    #: When it is believed, unless it changes.
    until: float
    #: Those that came with it.
    companions: set[str]
    #: When it is looked at again before that, and in how long after that.
    again: float | None = None
    step: float = SOON
    #: Whether those who are to apply it know that its time is up, or that it should be looked at.
    told: bool = False

    def due(self, now: float) -> bool:
        return self.until <= now or (self.again is not None and self.again <= now)


class Settling:
    """The files that look unfinished."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def due(self, now: float) -> set[str]:
        """Those whose time is up, or that should be looked at again."""
        return {path for path, held in self._held.items() if held.due(now)}

    def deadline(self) -> float | None:
        """When the next one is due that nobody was told of."""
        times = [held.until if held.again is None else held.again for held in self._held.values() if not held.told]
        return min(times, default=None)

    def tell(self, paths: Iterable[str], now: float) -> None:
        """Somebody will come for these: there is nothing to wake up for any more."""
        for path in paths:
            held = self._held.get(path)
            if held is not None and held.due(now):
                held.told = True

    def together(self, paths: Iterable[str]) -> set[str]:
        """These files and all that wait for one of them."""
        found: set[str] = set()
        for path in paths:
            found.add(path)
            held = self._held.get(path)
            if held is not None:
                found |= held.companions
        return found

    def believes(self, path: str, state: object, now: float) -> bool:
        """Whether an unfinished file has stayed like this for long enough."""
        held = self._held.get(path)
        return held is not None and held.until <= now and held.state == state

    def hold(self, path: str, state: object, now: float, *, is_open: bool) -> None:
        """Notes that a file looks unfinished."""
        quiet = QUIET_WHILE_OPEN if is_open else QUIET
        held = self._held.get(path)
        if held is None:
            held = self._held[path] = _Held(state, now, now + quiet, set())
        elif held.state != state or held.until <= now:
            held.state, held.until, held.told, held.step = state, now + quiet, False, SOON
        elif not held.due(now):
            return
        held.again, held.told = None, False
        if is_open and now + held.step < held.until:
            held.again = now + held.step
            held.step *= 2

    def keep_with(self, path: str, companions: set[str], now: float) -> bool:
        """Whether others should wait for an unfinished file; notes them if so."""
        held = self._held[path]
        if now - held.since >= LIMIT:
            held.companions.clear()
            return False
        held.companions |= companions
        return True

    def release(self, paths: Iterable[str]) -> None:
        """Forgets files that are unfinished no more."""
        for path in paths:
            self._held.pop(path, None)

    def clear(self) -> None:
        """Forgets all."""
        self._held.clear()
