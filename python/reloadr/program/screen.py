"""The screen that lines are shown on, and which a program may draw as a whole: no line of ours belongs into that.

Whose it is, is told by the terminal: a program that is in its foreground and takes keys one by one (Textual, curses)
draws what is seen. Then lines are kept and shown once the screen is free. What draws only a part of it, and knows how
to write above that (a Live display of rich, the bars of tqdm), is asked to.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from reloadr.report import log

try:
    import termios
except ImportError:
    termios = None  # type: ignore[assignment]

__all__ = ["Screen"]

#: So many lines are kept, the last ones.
KEPT = 500


class Screen(log.Terminal):
    """Where lines for people go: to the screen as long as it is free, and to a file where one is wanted."""

    def __init__(self, stream: TextIO, group: Callable[[], int], file: str | None = None) -> None:
        super().__init__(stream)
        self._stream = stream
        #: The process group that may own the screen: the program's.
        self._group = group
        self._file = file
        #: Who keeps lines meanwhile, in another process; False where nobody does any more.
        self.keeper: Callable[[str, dict[str, object]], bool] = _nobody
        self._kept: list[tuple[int, str]] = []
        self._is_kept_elsewhere = False

    def write(self, level: int, text: str) -> None:
        """Writes one message, or keeps it."""
        self._note(text)
        if self._is_owned():
            if self.keeper("said", {"level": level, "text": text}):
                self._is_kept_elsewhere = True
            else:
                self.keep(level, text)
            return
        self.release()
        with contextlib.suppress(Exception):
            # A display of a library's: what it makes of a line is its own affair.
            if self._is_shown_above(self._formatted(level, text)):
                return
        super().write(level, text)

    def keep(self, level: int, text: str) -> None:
        """Keeps a line until the screen is free."""
        self._kept.append((level, text))
        del self._kept[:-KEPT]

    def release(self) -> None:
        """Shows what was kept."""
        if self._is_kept_elsewhere:
            self._is_kept_elsewhere = False
            self.keeper("free", {})
        kept, self._kept = self._kept, []
        for level, text in kept:
            super().write(level, text)

    def _note(self, text: str) -> None:
        if self._file is not None:
            # One write a message: others append to it as well.
            lines = "".join(f"{time.strftime('%H:%M:%S')} {line}\n" for line in text.split("\n"))
            with contextlib.suppress(OSError), open(self._file, "a", encoding="utf-8", errors="replace") as file:
                file.write(lines)

    def _is_owned(self) -> bool:
        """Whether the program draws all of the screen."""
        if termios is None:
            return False
        try:
            descriptor = self._stream.fileno()
            if not os.isatty(descriptor) or os.tcgetpgrp(descriptor) != self._group():
                return False
            takes_keys = not termios.tcgetattr(descriptor)[3] & termios.ICANON
        except (OSError, ValueError, AttributeError, termios.error):
            return False
        return (takes_keys and not _is_asking()) or _is_in_curses() or _is_other_screen(sys.stderr)

    def _is_shown_above(self, text: str) -> bool:
        """Whether a live display has shown a line above itself."""
        if not self._stream.isatty():
            return False
        if _console_of(sys.stderr) is not None:
            sys.stderr.write(text)
            return True
        bars: Any = getattr(sys.modules.get("tqdm.std"), "tqdm", None)
        if bars is not None and len(getattr(bars, "_instances", ())):
            bars.write(text, file=self._stream, end="")
            self._stream.flush()
            return True
        return False


def _nobody(kind: str, words: dict[str, object]) -> bool:
    return False


def _is_asking() -> bool:
    """Whether this process only asks for a line, which `readline` lets people edit: a line above it does no harm."""
    if "readline" not in sys.modules:
        return False
    main = sys._current_frames().get(_main_thread())
    return main is not None and "input" in main.f_code.co_names


def _main_thread() -> int:
    import threading

    return threading.main_thread().ident or 0


def _is_in_curses() -> bool:
    curses = sys.modules.get("curses")
    # Before the screen is begun it is asked in vain.
    with contextlib.suppress(Exception):
        return curses is not None and not curses.isendwin()
    return False


def _console_of(stream: object) -> Any:
    """The console of rich that stands in for standard error while something is live on it."""
    return getattr(stream, "_FileProxy__console", None) if type(stream).__module__ == "rich.file_proxy" else None


def _is_other_screen(stream: object) -> bool:
    """Whether that draws on a screen of its own."""
    return bool(getattr(_console_of(stream), "is_alt_screen", False))
