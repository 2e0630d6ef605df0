"""What became of the program since a page was made: saves that are live, templates and files that were saved.

A state has a name: when the program began, and the time of the last file that was saved and is live. So several
processes of one program call the same state the same, and know which of two is the later one. A page carries the name
of the state that it was made in; whoever comes with an earlier one is told what lies between.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from reloadr.report.report import Report

__all__ = ["BEGUN", "News", "news"]

#: The environment variable by which the processes of one program know when it began.
BEGUN: Final = "RELOADR_BROWSER"
#: How many states are remembered.
MOST: Final = 500
#: After so many seconds an editor has renamed what it writes beside a file.
BESIDE: Final = 0.03

_IGNORED = (".py", ".pyc", ".swp", ".swx", ".tmp", "~")


Kind = Literal["page", "style"]


@dataclass(frozen=True, slots=True)
class _Event:
    #: What an open page has to do about it.
    kind: Kind
    name: str
    #: When it was saved, by the file system.
    time: int


class News:
    """Of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._begun = ""
        #: By template or static file, when it was saved; and what was saved last.
        self._files: dict[str, int] = {}
        self._last = 0
        #: Those that were written just now.
        self._fresh: set[str] = set()
        self._events: list[_Event] = []
        #: What is said to whoever listens at the time.
        self.words: list[str] = []
        self._listeners: set[Callable[[], object]] = set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def begin(self, *, anew: bool = False) -> None:
        """The program begins here: its other processes call it the same. Unless it did so before."""
        with self._lock:
            if anew or not self._begun:
                begun = None if anew else os.environ.get(BEGUN)
                self._begun = begun or f"{os.getpid():x}-{time.time_ns():x}"
                os.environ[BEGUN] = self._begun

    @property
    def now(self) -> str:
        """The name of the state."""
        with self._lock:
            self.begin()
            return f"{self._begun}.{self._last:x}"

    # ---- what happens ----------------------------------------------------------------------------

    def told(self, report: Report) -> None:
        """A reload was carried out. Lines that only moved change no page."""
        refused = [reason for reason in report.reasons if reason.verdict in ("rejected", "restart")]
        said = [f"{each.verdict} {each.code} {each.path}:{each.line}: {each.message}" for each in refused]
        paths = {change.path for change in report.changes if change.action != "lines"}
        with self._lock:
            if paths and not report.rejected:
                self._happens("page", paths, max(map(_time_of, paths)))
            self.words += said
        self._wake()

    def saved(self, path: str) -> None:
        """A template was saved, or a static file: to be seen soon, if it is not what an editor writes beside one."""
        name = os.path.basename(path)
        if name.startswith((".", "#")) or name.endswith(_IGNORED):
            return
        with self._lock:
            is_first, self._fresh = not self._fresh, {*self._fresh, path}
        if is_first:
            timer = threading.Timer(BESIDE, self._settle)
            timer.daemon = True
            timer.start()

    def _settle(self) -> None:
        with self._lock:
            paths, self._fresh = sorted(self._fresh), set()
        for path in paths:
            self._settled(path)

    def _settled(self, path: str) -> None:
        time = _time_of(path)
        with self._lock:
            if not _is_real(path) or self._files.get(path) == time:
                return
            self._files[path] = time
            self._happens("style" if path.endswith(".css") else "page", [path], time)
        self._wake()

    def _happens(self, kind: Kind, paths: Iterable[str], time: int) -> None:
        self.begin()
        # What is taken back was saved before; and a file system's clock is slower than those who save.
        time = max(time, self._last + 1)
        self._events += [_Event(kind, os.path.basename(path), time) for path in paths]
        self._last = time
        del self._events[:-MOST]

    def _wake(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for wake in listeners:
            # Its event loop was closed.
            with contextlib.suppress(RuntimeError):
                wake()

    # ---- who wants to know -----------------------------------------------------------------------

    def since(self, seen: str) -> dict[str, Any] | None:
        """What a page has to do that was made in a state; None where it is this one."""
        begun, _, last = seen.rpartition(".")
        with self._lock:
            now = self.now
            is_ours = begun == self._begun and re.fullmatch("[0-9a-f]+", last) is not None
            time = int(last, 16) if is_ours else 0
            if is_ours and time >= self._last:
                return None
            events = [event for event in self._events if event.time > time]
            if not is_ours or any(event.kind == "page" for event in events):
                return {"do": "page", "now": now}
            return {"do": "style", "names": sorted({event.name for event in events}), "now": now}

    @contextlib.contextmanager
    def heard(self, wake: Callable[[], object]) -> Iterator[None]:
        """Inside the block, `wake` is called when there is something new: from any thread."""
        with self._lock:
            self._listeners.add(wake)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.discard(wake)

    def _in_child(self) -> None:
        self._lock = threading.RLock()
        self._listeners = set()
        self._fresh = set()


def _is_real(path: str) -> bool:
    """What is gone by now was written beside a file and renamed, unless there are others of its kind."""
    if os.path.exists(path):
        return True
    suffix = os.path.splitext(path)[1]
    try:
        return bool(suffix) and any(name.endswith(suffix) for name in os.listdir(os.path.dirname(path)))
    except OSError:
        return False


def _time_of(path: str) -> int:
    """When a file was saved or renamed into place, or a folder lost it: the same for all who ask."""
    for later, each in enumerate((path, os.path.dirname(path))):
        try:
            facts = os.stat(each)
        except OSError:
            continue
        return max(facts.st_mtime_ns, facts.st_ctime_ns) + later
    return 0


news = News()
