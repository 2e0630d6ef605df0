"""The watched modules of a session, with what keeps a save from costing more the more of them there are.

Answers that would need a look at every module are remembered from one batch to the next: which modules come from a
file, and which mention a word. A module whose source moves on is asked again, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable

from reloadr._core import Saved, Texts
from reloadr.live.caches import KnownCaches
from reloadr.live.module import Tracked

__all__ = ["Modules"]


class Listed:
    """All watched modules, as long as none comes or goes."""

    def __init__(self, modules: dict[str, Tracked]) -> None:
        self.all = list(modules.values())
        self.by_name = dict(modules)
        self.modules = [tracked.module for tracked in self.all]
        self.namespaces = [tracked.module.__dict__ for tracked in self.all]
        #: By the id of the namespace, and of the module.
        self.by_namespace = {id(tracked.module.__dict__): tracked for tracked in self.all}
        self.by_module = {id(tracked.module): tracked for tracked in self.all}


class Modules(dict[str, Tracked]):
    """Watched modules by name."""

    def __init__(self) -> None:
        super().__init__()
        #: Tells whether modules came or went.
        self.version = 0
        #: What is known of the caches of their functions.
        self.caches = KnownCaches()
        self._by_path: dict[str, list[Tracked]] | None = None
        self._listed: Listed | None = None
        self._texts = Texts()

    def __setitem__(self, name: str, tracked: Tracked) -> None:
        before = self.get(name)
        if before is not None:
            self._texts.drop(before.number)
        super().__setitem__(name, tracked)
        self._moved(name)
        self.changed(tracked)

    def remove(self, name: str) -> Tracked:
        """Takes a module out."""
        tracked = super().pop(name)
        self._texts.drop(tracked.number)
        self._moved(name)
        return tracked

    def _moved(self, name: str) -> None:
        self.version += 1
        self._by_path = self._listed = None
        self.caches.forget(name)

    def changed(self, tracked: Tracked) -> None:
        """A module has another snapshot."""
        if self.get(tracked.name) is tracked:
            self._texts.put(tracked.number, tracked, tracked.snapshot)

    @property
    def listed(self) -> Listed:
        """All of them; what is handed out stays as it is when others come or go."""
        if self._listed is None:
            self._listed = Listed(self)
        return self._listed

    def of(self, path: str) -> list[Tracked]:
        """The watched modules that come from a file."""
        if self._by_path is None:
            self._by_path = {}
            for tracked in self.values():
                self._by_path.setdefault(tracked.path, []).append(tracked)
        return self._by_path.get(path, [])

    def mentioning(self, words: Iterable[str], saved: Saved | None = None) -> list[Tracked]:
        """Those whose baseline holds one of these words at all; of those that were saved, whose new text does."""
        found: list[Tracked] = self._texts.mentioning(list(words), saved)
        return found
