"""Which files the operating system is asked to tell of, and which modules each of them stands for."""

from __future__ import annotations

import os
from collections.abc import Iterable

from reloadr._core import WatchScope
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.session.rules import Rule
from reloadr.watching.imports import Imports
from reloadr.watching.looking import file_of
from reloadr.watching.relayed import Files

__all__ = ["Placed"]


class Placed:
    """The file watch, and the files of the watched modules in it."""

    def __init__(self, tracked: Modules, imports: Imports) -> None:
        self._tracked = tracked
        self._imports = imports
        #: None while nobody has to be told of anything.
        self.files: Files | None = None
        #: The modules whose files are watched, by name, and their watched paths.
        self.by_name: dict[str, tuple[Tracked, str]] = {}
        #: What a watched path stands for: itself, or the modules in an archive.
        self.modules: dict[str, set[str]] = {}
        #: The version of the watched modules that it has seen.
        self._seen = -1

    def clear(self) -> None:
        """Forgets which files are watched."""
        self.by_name.clear()
        self.modules.clear()
        self._seen = -1

    def watch_folders(self, rules: Iterable[Rule]) -> None:
        """Folders as a whole: what is loaded from them later may come by ways that nobody sees."""
        if self.files is None:
            return
        for rule in rules:
            if rule.folder:
                self.files.add(rule.folder, scope=WatchScope.TREE)
            for folder in (*getattr(rule.module, "__path__", ()), *getattr(rule, "folders", ())):
                self.files.add(folder, scope=WatchScope.TREE)

    def watch_import(self, path: str) -> None:
        """Watches a file from before an import reads it."""
        path = os.path.abspath(path)
        if self.files is None or path in self.modules or path in self._imports.running:
            return
        try:
            self.files.add(path)
        except RuntimeError:  # a fork, or stopped in this moment
            return
        if self._imports.begin(path):
            self.files.wake()

    def place(self) -> set[str]:
        """Watches the files of modules that were found since the last time.

        Returns them, to be looked at once: they may have changed before their watch began.
        """
        if self.files is None or self._seen == self._tracked.version:
            return set()
        self._seen = self._tracked.version
        fresh: set[str] = set()
        for name, tracked in self._tracked.items():
            placed = self.by_name.get(name)
            if placed is None or placed[0] is not tracked:
                fresh |= self._place(self.files, name, tracked)
        if len(self.by_name) > len(self._tracked):
            self._drop(self.files)
        return fresh

    def _place(self, files: Files, name: str, tracked: Tracked) -> set[str]:
        path = file_of(tracked.path)
        self.by_name[name] = (tracked, path)
        self.modules.setdefault(path, set()).add(tracked.path)
        is_importing = path in self._imports.running
        self._imports.running.discard(path)
        if not is_importing:
            files.add(path)
        # What was imported under our eyes has to be looked at where it was saved before its import had ended.
        return {path} if not is_importing or path in self._imports.early else set()

    def _drop(self, files: Files) -> None:
        for name in self.by_name.keys() - self._tracked.keys():
            _, path = self.by_name.pop(name)
            if not any(path == other for _, other in self.by_name.values()):
                self.modules.pop(path, None)
                files.remove(path)
