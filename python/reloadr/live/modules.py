"""The watched modules of a session, with what keeps a save from costing more the more of them there are.

Answers that would need a look at every module are remembered from one batch to the next: which modules come from a
file, and which mention a word. A module whose source moves on is asked again, and no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass

from reloadr._core import Mentions, mentioning
from reloadr.live.caches import KnownCaches
from reloadr.live.module import Tracked

__all__ = ["Modules"]

#: How many answers are remembered, and how many changes of modules until all of them are forgotten.
ANSWERS, CHANGES = 64, 10_000

#: Up to so many modules are looked through by themselves.
_FEW = 16


@dataclass(slots=True)
class _Answer:
    """The modules that mention a word, those that are still to be asked, and how many of the changes are taken in."""

    found: set[str]
    due: set[str]
    at: int


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
        #: Names of modules whose source moved on.
        self._changed: list[str] = []
        #: Which modules mention one of some words.
        self._mentioning: dict[tuple[str, ...], _Answer] = {}
        #: What the sources say, by the number of the module's name, and the names of those that say something else now.
        self._names: list[str] = []
        self._sources = Mentions([])
        self._stale: set[str] = set()

    def __setitem__(self, name: str, tracked: Tracked) -> None:
        super().__setitem__(name, tracked)
        self._moved(name)

    def remove(self, name: str) -> Tracked:
        """Takes a module out."""
        tracked = super().pop(name)
        self._moved(name)
        return tracked

    def _moved(self, name: str) -> None:
        self.version += 1
        self._by_path = self._listed = None
        self.caches.forget(name)
        self.changed(name)

    def changed(self, name: str) -> None:
        """A module has another snapshot."""
        if len(self._changed) >= CHANGES:
            self._changed.clear()
            self._mentioning.clear()
        self._changed.append(name)
        self._stale.add(name)

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

    def mentioning(self, words: Iterable[str], but: Collection[str] = ()) -> set[str]:
        """The names of those whose baseline holds one of these words at all; some are not asked."""
        return self._answer(words, but).difference(but)

    def known_to_mention(self, words: Iterable[str]) -> Set[str]:
        """The same of all, as it is kept: to be looked at right now and not to be changed."""
        return self._answer(words, ())

    def _answer(self, words: Iterable[str], but: Collection[str]) -> set[str]:
        key = tuple(sorted(words))
        known = self._mentioning.get(key)
        if known is None:
            known = _Answer(set(), set(self), len(self._changed))
            if len(self._mentioning) >= ANSWERS:
                self._mentioning.clear()
            self._mentioning[key] = known
        known.due.update(self._changed[known.at :])
        known.at = len(self._changed)
        due = known.due.difference(but)
        if due:
            known.due -= due
            known.found -= due
            known.found |= self._holding(due, key)
        return known.found

    def _holding(self, due: set[str], words: tuple[str, ...]) -> set[str]:
        """Those of some modules whose baseline holds one of these words."""
        if len(due) > _FEW:
            if len(self._stale) * 8 > len(self):
                self._names = list(self)
                self._sources = Mentions([self[name].snapshot for name in self._names])
                self._stale.clear()
            found = {self._names[number] for number in self._sources.of(words)} - self._stale
            found &= due
            due = due & self._stale
        else:
            found = set()
        tracked = [each for name in due if (each := self.get(name)) is not None]
        numbers = mentioning([each.snapshot for each in tracked], words)
        return found.union(tracked[number].name for number in numbers)
