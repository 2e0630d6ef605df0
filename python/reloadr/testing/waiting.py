"""Waiting for a run of pytest in a fork, and for what it says as it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any, Final, NamedTuple

__all__ = ["Ended", "wait"]

#: So many Ctrl-C within so many seconds end a run that takes no notice of them; fewer are its own affair.
_PRESSES: Final = 3
_WITHIN: Final = 2.0


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    #: What it said; None where it was ended before it could say anything.
    said: dict[str, Any] | None

    def how(self) -> str:
        """For a run that said nothing."""
        if self.code >= 0:
            return f"it exited with {self.code}"
        try:
            return f"{signal.Signals(-self.code).name} ended it"
        except ValueError:
            return f"signal {-self.code} ended it"


def wait(pid: int, told: int) -> Ended:
    """Waits for a run, whose words come by a pipe."""
    pressed: list[float] = []

    def interrupt(*_: object) -> None:
        # Ctrl-C ends the run, not us.
        pressed.append(time.monotonic())
        if len(pressed) >= _PRESSES and pressed[-1] - pressed[-_PRESSES] < _WITHIN:
            os.kill(pid, signal.SIGKILL)

    old = signal.signal(signal.SIGINT, interrupt)
    try:
        with os.fdopen(told, encoding="utf-8") as file:
            words = file.read()
        _, status = os.waitpid(pid, 0)
    finally:
        signal.signal(signal.SIGINT, old)
    return Ended(os.waitstatus_to_exitcode(status), json.loads(words) if words else None)
