"""Files whose saved state is not what runs: how they are found, and why each of them waits."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reloadr._core import Files, Snapshot, read
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.live.origin import snapshot_from_loader
from reloadr.report.caveats import RL213, RL222
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.source.edits import edits_of
from reloadr.source.outlines import compare, parse

__all__ = ["Pending", "PendingFiles", "without_error"]


@dataclass(slots=True)
class Pending:
    """A file whose saved state is not what runs."""

    snapshot: Snapshot
    #: Why it waits; None as long as it has not been tried.
    report: Report | None = None
    undone: bool = False
    #: Why they are not wanted.
    why: str = "it was undone"
    #: How the file looked when its edits were undone: when it is saved again, they are wanted again.
    mark: tuple[int, ...] = ()


class PendingFiles(dict[str, Pending]):
    """Those of the watched modules, by path, and what is known of the files on disk."""

    def __init__(self, tracked: Modules) -> None:
        super().__init__()
        self._tracked = tracked
        self._files = Files()
        #: Files that are gone, and in which way.
        self.gone: dict[str, str] = {}
        #: Files that were found empty once: that is believed the second time.
        self.empty: set[str] = set()
        #: Paths of modules without a file of their own: their loaders are asked.
        self._fileless: set[str] = set()

    # ---- which files there are -------------------------------------------------------------------

    def begin(self, path: str, snapshot: Snapshot | None) -> None:
        """Looks at a file from now on; it is pending when it is not as in the snapshot. None: at the next look."""
        self._files.add(path, snapshot)
        if not os.path.exists(path):
            self._fileless.add(path)

    def end(self, path: str) -> None:
        """Forgets a file."""
        self._files.discard(path)
        self._fileless.discard(path)
        self.pop(path, None)

    # ---- looking ---------------------------------------------------------------------------------

    def look(self, paths: list[str] | None) -> list[Reason]:
        """Notes what changed on disk; returns what is to be said of files that went."""
        reasons: list[Reason] = []
        for path, snapshot, why in self._files.look(paths):
            if snapshot is None:
                tracked = next(iter(self._tracked.of(path)), None)
                if tracked is not None and not self.ask_loader(tracked):
                    self.gone[path] = why
                    reasons.append(Reason.of(RL213(why=why), module=tracked.name, qualname="", path=path, line=0))
                continue
            self.gone.pop(path, None)
            if snapshot.is_blank and path not in self.empty:
                # An editor that truncates before it writes; an empty file is believed the second time.
                self.empty.add(path)
                self._files.add(path, self._running(path))
                continue
            self.empty.discard(path)
            self[path] = Pending(snapshot)
        return reasons

    def put_back(self, path: str, before: Pending | None) -> None:
        """As if nobody had looked at a file: the next look finds it changed."""
        self.pop(path, None)
        if before is not None:
            self[path] = before
        self.empty.discard(path)
        self._files.add(path, self._running(path))

    def _running(self, path: str) -> Snapshot:
        return self._tracked.of(path)[0].snapshot

    def ask_loader(self, tracked: Tracked) -> bool:
        """Whether the loader of a module without a file of its own, such as one in a zip, has its source."""
        try:
            snapshot = snapshot_from_loader(tracked.module, tracked.path)
        except (OSError, ImportError):
            return False
        if snapshot.hash != tracked.snapshot.hash:
            self[tracked.path] = Pending(snapshot)
        self._files.add(tracked.path, None)
        self._fileless.add(tracked.path)
        return True

    def ask_loaders(self) -> None:
        """Asks the loaders of all modules without a file of their own."""
        for path in list(self._fileless):
            for tracked in self._tracked.of(path):
                if path in self._files and not os.path.exists(path) and path not in self.gone:
                    self.ask_loader(tracked)

    # ---- wanting ---------------------------------------------------------------------------------

    def want_again(self, paths: Iterable[str]) -> None:
        """These files are to be tried, whatever became of them the last time."""
        for path in paths:
            if path in self:
                self[path].undone, self[path].report = False, None

    def want_saved_again(self) -> None:
        """What was undone and has been saved since is wanted again."""
        for path, each in self.items():
            if each.undone and each.mark != mark_of(path):
                each.undone, each.report = False, None

    def undo(self, path: str, saved: Snapshot, report: Report) -> None:
        """What was live is not any more, by the user's will: it waits until it is saved again."""
        self[path] = Pending(saved, report, undone=True, mark=mark_of(path))

    def leave(self, path: str, report: Report, why: str) -> None:
        """Another text than the file's is live, by the user's will: the file waits until it is saved again."""
        try:
            saved = read(path)
        except OSError:
            return
        if any(tracked.snapshot.hash != saved.hash for tracked in self._tracked.of(path)):
            self[path] = Pending(saved, report, undone=True, why=why, mark=mark_of(path))

    # ---- why they wait ---------------------------------------------------------------------------

    @property
    def is_wrong(self) -> bool:
        """Whether one of them was rejected."""
        return any(each.report is not None and each.report.rejected and not each.undone for each in self.values())

    def waiting(self) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """What is pending, and what is wrong."""
        pending: list[Reason] = []
        errors: list[Reason] = []
        for path, each in self.items():
            if each.undone or each.report is None:
                pending += self._edits(path, each.why if each.undone else "it was not asked for")
            elif each.report.rejected:
                errors += [reason for reason in each.report.reasons if reason.verdict == "rejected"]
            else:
                kept = [reason for reason in each.report.reasons if reason.verdict == "restart"]
                pending += kept or self._edits(path, "it was not asked for")
        pending += [
            Reason.of(RL213(why=why), module=tracked.name, qualname="", path=tracked.path, line=0)
            for path, why in self.gone.items()
            for tracked in self._tracked.of(path)
        ]
        return tuple(dict.fromkeys(pending)), tuple(dict.fromkeys(errors))

    def _edits(self, path: str, why: str) -> list[Reason]:
        """RL222 for each edit of a file that waits."""
        found: list[Reason] = []
        for tracked in self._tracked.of(path):
            try:
                outline = parse(self[path].snapshot, tracked.filename)
                edits = edits_of(compare(tracked.outline, outline, tracked.filename))
            except SyntaxError:
                continue
            found += [
                Reason.of(
                    RL222(why=why), module=tracked.name, qualname=each.node.qualname, path=path, line=each.node.line
                )
                for each in edits
                if each.action != "formatted"
            ]
        return found


def without_error(report: Report) -> Report:
    """A report that can be kept: without the exception, whose frames hold what they made."""
    return replace(report, error=None) if report.error is not None else report


def mark_of(path: str) -> tuple[int, ...]:
    """Tells one save of a file from the next."""
    try:
        seen = os.stat(path)
    except OSError:
        return ()
    return (seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size)
