"""A Python process below a program under `reloadr run`, from its start on: it gives account, and is hot from the first
of the user's modules that it runs.

Called while Python starts, so nothing is loaded here that a process may never need: most run none of the user's code.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from importlib.machinery import SourceFileLoader

from reloadr import _disabled
from reloadr.live import capture
from reloadr.program import mp_main
from reloadr.program.after_import import AfterImport
from reloadr.tree.wire import CHANNEL, TREE, Wire

# `typing` is not loaded by all programs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

__all__ = ["join"]

#: How long a fork waits for the beginning to end, and how long the main module may take to run, seconds.
PATIENCE = 5.0
#: How long we sleep between two looks for the main module's frame, seconds.
LOOK = 0.002


def join(begin: Callable[[Wire, str], Callable[[], object]]) -> None:
    """Makes this process one of the program's. `begin` makes it hot, and gives what is called to look for modules."""
    settings = os.environ.get(TREE)
    if settings is None or "RELOADR_VERIFYING" in os.environ or _disabled.is_disabled():
        return
    start = _Start(Wire(os.environ.get(CHANNEL)), settings, begin)
    capture.listeners.append(start.imports)
    capture.runs.append(start.awaits_main)
    _notice_script(start.awaits_main)
    finder = AfterImport()
    for name in mp_main.MODULES:
        finder.after[name] = [lambda module: mp_main.stand_in(module, start.begin)]
    finder.install()


class _Start:
    """How a process becomes hot: once, and before the first of the user's modules is read."""

    def __init__(self, wire: Wire, settings: str, begin: Callable[[Wire, str], Callable[[], object]]) -> None:
        self._wire = wire
        self._settings = settings
        self._begin = begin
        self._look: Callable[[], object] | None = None
        self._failed = False
        self._lock = threading.RLock()
        #: Whether the main module is one of the user's and its frame was not seen yet.
        self._awaits = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._in_child
            )
        self._held = False

    def imports(self, module: ModuleType, path: str) -> None:
        """One of the user's modules is about to be read."""
        if self._look is None and not self._failed and _is_in_site():
            # Python is still starting: it has no main module yet.
            return
        if self._look is None:
            # From then on somebody else hears of imports: of this one first.
            self.begin()

    def begin(self) -> None:
        """Now at the latest; where that was before, it is looked for modules that came since."""
        with self._lock:
            if self._failed:
                return
            try:
                if self._look is None:
                    self._look = self._begin(self._wire, self._settings)
                else:
                    self._look()
            except Exception as error:
                self._failed = True
                print(f"[reloadr] process {os.getpid()} is not hot: {error!r}", file=sys.stderr)

    # ---- the main module -------------------------------------------------------------------------

    def awaits_main(self, path: str) -> None:
        """The main module is about to run. It is taken in when it does: then its code is known."""
        if capture.is_user_code(os.path.abspath(path)):
            self._awaits = True
            threading.Thread(target=self._await, name="reloadr", daemon=True).start()

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE
        while self._awaits and time.monotonic() < end:
            if _main_frame() is not None:
                self._awaits = False
                self.begin()
                return
            time.sleep(LOOK)

    # ---- forks -----------------------------------------------------------------------------------

    def _before_fork(self) -> None:
        """A child that is made in the midst of the beginning would never see its end."""
        self._held = self._lock.acquire(timeout=PATIENCE)

    def _after_fork(self) -> None:
        if self._held:
            self._lock.release()

    def _in_child(self) -> None:
        if self._held:
            self._lock.release()
        else:
            self._lock = threading.RLock()
        if self._awaits:
            threading.Thread(target=self._await, name="reloadr", daemon=True).start()


def _is_in_site() -> bool:
    """Whether Python is still starting: a file of site-packages or `sitecustomize` is carried out."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "site":
            return True
        frame = frame.f_back
    return False


def _main_frame() -> FrameType | None:
    """The frame that runs the main module's own code."""
    main = sys.modules.get("__main__")
    ident = threading.main_thread().ident
    frame = None if ident is None else sys._current_frames().get(ident)
    while frame is not None and main is not None:
        if frame.f_globals is main.__dict__ and frame.f_code.co_name == "<module>":
            return frame
        frame = frame.f_back
    return None


def _notice_script(begins: Callable[[str], object]) -> None:
    """`begins` is called with the path of a script before Python reads it: then it makes a loader of that name."""
    inherited = SourceFileLoader.__init__

    def init(self: SourceFileLoader, fullname: str, path: str) -> None:
        inherited(self, fullname, path)
        if fullname == "__main__":
            if SourceFileLoader.__init__ is init:
                del SourceFileLoader.__init__
            begins(path)

    SourceFileLoader.__init__ = init  # type: ignore[method-assign, assignment]
