"""The terminal that `reloadr run` was started on, and who has it: the supervisor, which reads keys, or the program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

try:
    import termios
except ImportError:
    termios = None  # type: ignore[assignment]

__all__ = ["Terminal", "unseen"]


def unseen(modes: list[Any]) -> list[Any]:
    """The modes of a terminal on which keys come one by one, and are not shown."""
    changed = list(modes)
    changed[3] = changed[3] & ~(termios.ICANON | termios.ECHO)
    return changed


class Terminal:
    """The terminal that we were started on, if any, and who has it."""

    def __init__(self) -> None:
        self.descriptor = -1
        self.is_ours = False
        self._handed = False
        self._saved: Any = None
        if termios is None:
            return
        try:
            descriptor = sys.stdin.fileno()
            if os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp():
                self.descriptor, self.is_ours = descriptor, True
                self._saved = termios.tcgetattr(descriptor)
        except (OSError, ValueError, AttributeError):
            pass

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Leaves the terminal as it was."""
        try:
            yield
        finally:
            self.take_back()
            self._set(self._saved)

    def listen(self) -> None:
        """Keys come one by one, unseen."""
        if self.is_ours:
            self._set(unseen(self._saved))

    def typed(self) -> str | None:
        """What was typed; None where the terminal is gone."""
        try:
            data = os.read(self.descriptor, 1024)
        except BlockingIOError:
            return ""
        except OSError:
            data = b""
        if not data:
            self.is_ours = False
            return None
        return data.decode("ascii", "ignore").lower()

    def hand_over(self, group: int) -> None:
        """The program has the terminal now, as it was found."""
        self._set(self._saved)
        self._foreground(group)
        self.is_ours, self._handed = False, True

    def take_back(self) -> None:
        """The program is gone: whatever it did to the terminal is undone (a debugger may have left no echo)."""
        if self._handed:
            self._foreground(os.getpgrp())
            self.is_ours, self._handed = True, False
        if self.is_ours:
            self._set(self._saved)

    def rest(self) -> bool:
        """Before we are stopped; whether the program had the terminal."""
        held = self._handed
        self.take_back()
        return held

    def _set(self, modes: Any) -> None:
        if modes is not None:
            with _quietly():
                termios.tcsetattr(self.descriptor, termios.TCSADRAIN, modes)

    def _foreground(self, group: int) -> None:
        with _quietly():
            os.tcsetpgrp(self.descriptor, group)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Lets a background process change its terminal; a terminal that is gone is none of our troubles."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    except (OSError, termios.error):
        pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
