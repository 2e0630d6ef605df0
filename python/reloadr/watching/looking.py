"""One look at files that were saved. What it finds is the session's to apply, or is taken back as if nobody looked."""

from __future__ import annotations

import os
from collections.abc import Set

from reloadr._core import Outline, Settling, read, stillness
from reloadr.report.reasons import Reason
from reloadr.session.pending import Pending
from reloadr.session.session import Session
from reloadr.source.outlines import parse

__all__ = ["Look", "file_of"]

#: Facets of a function that no other file can have a part in before somebody calls it.
_ALONE = frozenset({"body", "docstring"})


class Look:
    """What is in some files now, and which of them look unfinished. The session's lock is held."""

    def __init__(
        self, owner: Session, settling: Settling, paths: list[str], now: float, *, present: Set[str] = frozenset()
    ) -> None:
        self._tracked = owner.tracked
        self._pending = owner.pending
        self._settling = settling
        self._before = {path: owner.pending.get(path) for path in paths}
        self._outlines: dict[str, tuple[Outline, Outline]] = {}
        owner.pending.empty.difference_update(paths)
        marks = stillness(paths)
        #: What is gone, but for files that were there a moment ago: an editor may be about to write them anew.
        self.gone: list[Reason] = []
        for reason in owner.pending.look(paths):
            if reason.path in present:
                owner.pending.gone.pop(reason.path, None)
                self._put_back(reason.path)
            else:
                self.gone.append(reason)
        still = {
            path: mark if mark == later else None
            for path, mark, later in zip(paths, marks, stillness(paths), strict=True)
        }
        #: Those that may be half of what is being written.
        self.unfinished = {path for path in paths if self._is_unfinished(path, still[path], now)}

    def may_go_with_others(self) -> bool:
        """Whether what changed may need what another file is about to bring: more than bodies of functions did."""
        for path in self._before:
            if self._pending.get(path) is self._before[path]:
                continue
            known = self._outlines.get(path)
            for edit in known[0].diff(known[1]).edits if known is not None else [None]:
                if edit is None or edit.action != "changed" or not set(edit.facets) <= _ALONE:
                    return True
        return False

    def believe(self) -> set[str]:
        """Keeps what looks whole, and puts the others back; returns them."""
        self._settling.release(self._before.keys() - self.unfinished)
        for path in self.unfinished:
            self._put_back(path)
        return self.unfinished

    def take_back(self) -> None:
        """As if nobody had looked: what is gone is said again the next time as well."""
        for path, before in self._before.items():
            if self._pending.get(path) is not before:
                self._put_back(path)
            self._pending.gone.pop(path, None)

    def _is_unfinished(self, path: str, mark: object, now: float) -> bool:
        pending = self._pending.get(path)
        is_empty = path in self._pending.empty
        if not is_empty and (pending is None or pending is self._before[path]):
            return False
        state = None if pending is None or is_empty else pending.snapshot.hash
        if mark is not None and not is_empty and self._parses(path) and self._is_whole(path):
            return False
        if self._settling.believes(path, state, now):
            if is_empty:
                self._pending.look([path])
            return False
        self._settling.hold(path, state, now, is_open=mark is None)
        return True

    def _is_whole(self, path: str) -> bool:
        """Whether a file that looks still holds what was read of it. Two saves within one tick of the file system's
        clock, of the same length, cannot be told apart by its marks, and what was read may be half of the second.
        """
        pending: Pending | None = self._pending.get(path)
        try:
            return pending is None or not os.path.isfile(path) or read(path).hash == pending.snapshot.hash
        except OSError:
            return False

    def _parses(self, path: str) -> bool:
        tracked = next(iter(self._tracked.of(path)), None)
        if tracked is None:
            return True
        try:
            snapshot = self._pending[path].snapshot
            try:
                old = tracked.outline
            except SyntaxError:
                parse(snapshot, tracked.filename)
            else:
                self._outlines[path] = old, parse(snapshot, tracked.filename, old)
        except SyntaxError:
            return False
        except (RecursionError, MemoryError, ValueError):
            pass
        return True

    def _put_back(self, path: str) -> None:
        """The next look finds it changed."""
        self._pending.put_back(path, self._before[path])


def file_of(path: str) -> str:
    """The file that holds a module, as the file watch names it: its own, or the archive around it."""
    path = os.path.abspath(path)
    if os.path.exists(path):
        return path
    folder = os.path.dirname(path)
    while folder and folder != os.path.dirname(folder):
        if os.path.isfile(folder):
            return folder
        folder = os.path.dirname(folder)
    return path
