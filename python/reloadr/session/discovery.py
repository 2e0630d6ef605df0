"""Modules that were loaded since the last look: which of them are watched, and what runs in them."""

from __future__ import annotations

import logging
import operator
import os
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from weakref import WeakKeyDictionary

from reloadr._core import functions_of_files
from reloadr.live import capture, locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Memory, Tracked
from reloadr.live.modules import Modules
from reloadr.live.origin import is_initialising, rewrites, snapshot_of, source_path
from reloadr.live.unseen import edits_unseen
from reloadr.report import log
from reloadr.session.pending import Pending, PendingFiles
from reloadr.session.rules import Wanting, kind_of
from reloadr.source.edits import Edit

__all__ = ["Discovery"]


class _RealPaths:
    """The real paths of many files, at one time: each folder is resolved once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)


class Discovery:
    """Takes modules in that somebody wants, and lets those go that nobody wants any more."""

    def __init__(self, tracked: Modules, pending: PendingFiles, watchers: list[Wanting]) -> None:
        self.tracked = tracked
        self._pending = pending
        self._watchers = watchers
        #: Names that were looked at.
        self._known: set[str] = set()
        #: How things stood at the last look for new modules: their number, that of imports, and the tracked ones.
        self._seen = (0, 0, 0)
        #: Loaders whose modules are left alone, as far as that was said.
        self._left_alone: dict[int, type] = {}
        #: Modules whose file changed between an import that was not seen and now: what their functions need.
        self.unseen: dict[str, tuple[list[Edit], bool]] = {}
        #: Modules that were watched once: what runs in them.
        self._former: WeakKeyDictionary[ModuleType, Memory] = WeakKeyDictionary()

    # ---- looking ---------------------------------------------------------------------------------

    def look_for(self, paths: Iterable[str]) -> None:
        """Takes in modules that were loaded since the last look, where these files or anything else tells of some."""
        for path in paths:
            for tracked in self.tracked.of(path):
                if sys.modules.get(tracked.name) is not tracked.module:
                    self.look()
                    return
        if self._seen != (len(sys.modules), capture.imports(), self.tracked.version):
            self.look()

    def look(self) -> None:
        """Takes in modules that were loaded since the last look."""
        seen = len(sys.modules), capture.imports()
        found, is_complete = self._loaded()
        self.track([*found, *self._replaced(), *self._reloaded()])
        self._seen = (*seen, self.tracked.version) if is_complete else (0, 0, 0)

    def look_at_all(self) -> None:
        """Takes in modules that were looked at before as well: somebody wants others than then."""
        self._known.clear()
        self.look()

    def _loaded(self) -> tuple[list[tuple[ModuleType, str]], bool]:
        """What is new and wanted; and whether all could be looked at: none is still being imported."""
        found: list[tuple[ModuleType, str]] = []
        is_complete, real = True, _RealPaths()
        # To see that none came takes half of what it takes to tell which did.
        came = () if self._known.issuperset(sys.modules) else sys.modules.keys() - self._known
        for name in came:
            module = sys.modules.get(name)
            if is_a(module, ModuleType) and is_initialising(module):
                is_complete = False
                continue
            self._known.add(name)
            known = self.tracked.get(name)
            if not is_a(module, ModuleType) or (known is not None and known.module is module):
                continue
            if not any(watcher.may_want(module, real) for watcher in self._watchers):
                continue
            path = source_path(module)
            if path is None:
                self._leave_alone(module)
            elif module.__name__ == name and self._is_wanted(module, path):
                found.append((module, path))
        return found, is_complete

    def _replaced(self) -> Iterator[tuple[ModuleType, str]]:
        """Modules that took the place of one that is watched."""
        watched = self.tracked.listed
        if all(map(operator.is_, map(sys.modules.get, watched.by_name), watched.modules)):
            return
        for name, tracked in list(self.tracked.items()):
            current = sys.modules.get(name)
            if current is not tracked.module and is_a(current, ModuleType) and not is_initialising(current):
                path = source_path(current)
                if path is not None:
                    yield current, path

    def _reloaded(self) -> Iterator[tuple[ModuleType, str]]:
        """Watched modules that somebody ran once more by `importlib.reload`: what runs in them is what that made."""
        for module in capture.reloaded():
            tracked = self.tracked.get(module.__name__)
            if tracked is not None and tracked.module is module:
                yield module, tracked.path

    def _is_wanted(self, module: ModuleType, path: str) -> bool:
        return any(watcher.wants(module, path) for watcher in self._watchers)

    def _leave_alone(self, module: ModuleType) -> None:
        """Says once of each loader why its modules are not watched."""
        loader, path = module.__dict__.get("__loader__"), module.__dict__.get("__file__")
        if id(type(loader)) in self._left_alone or not rewrites(loader) or not isinstance(path, str):
            return
        # One that has no file there is nobody's to edit.
        if os.path.exists(path) and self._is_wanted(module, path):
            self._left_alone[id(type(loader))] = type(loader)
            name = module.__name__
            log.say(logging.WARNING, f"{name} is {kind_of(module)} and is not watched, nor are others of that kind")

    # ---- taking in -------------------------------------------------------------------------------

    def track(self, modules: Iterable[tuple[ModuleType, str]]) -> None:
        """Takes modules in as they run now; one pass over the heap for those whose import was not seen."""
        unseen: list[Tracked] = []
        for module, path in modules:
            former = self._former.pop(module, None)
            if former is not None and former.path == path:
                self._track_again(module, former)
                continue
            seen = capture.captured(module)
            try:
                snapshot = seen.snapshot if seen is not None else snapshot_of(module, path)
            except (OSError, ImportError):
                continue
            code = seen.code if seen is not None else None
            frame = locate.module_frame(module.__dict__) if code is None else None
            tracked = Tracked(module, path, snapshot, code if frame is None else frame.f_code)
            self.tracked[module.__name__] = tracked
            self._pending.begin(path, snapshot)
            if code is None:
                unseen.append(tracked)
        if unseen:
            found = functions_of_files({tracked.filename for tracked in unseen})
            for tracked in unseen:
                tracked.adopt(found.get(tracked.filename, ()))
                self._verify(tracked)

    def _track_again(self, module: ModuleType, memory: Memory) -> None:
        tracked = self.tracked[module.__name__] = Tracked.again(module, memory)
        self._pending.begin(tracked.path, tracked.snapshot)
        if not tracked.in_step:
            self._pending[tracked.path] = Pending(tracked.snapshot)

    def _verify(self, tracked: Tracked) -> None:
        """Whether a file changed between its import, which was not seen, and now: then it is pending."""
        try:
            edits, unsure = edits_unseen(tracked)
        except SyntaxError:
            # The first poll says so.
            self._pending.begin(tracked.path, None)
            self._pending[tracked.path] = Pending(tracked.snapshot)
            return
        if edits or unsure:
            self.unseen[tracked.name] = (edits, unsure)
            self._pending[tracked.path] = Pending(tracked.snapshot)

    # ---- letting go ------------------------------------------------------------------------------

    def prune(self) -> None:
        """Lets the modules go that no watcher wants."""
        for name, tracked in list(self.tracked.items()):
            if not self._is_wanted(tracked.module, tracked.path):
                self.forget(name)

    def forget(self, name: str) -> None:
        """Lets a module go; what runs in it is remembered as long as it lives."""
        tracked = self.tracked.remove(name)
        self._former[tracked.module] = tracked.memory()
        self.unseen.pop(name, None)
        if not self.tracked.of(tracked.path):
            self._pending.end(tracked.path)
        self._known.discard(name)
