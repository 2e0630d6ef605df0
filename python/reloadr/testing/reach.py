"""Which test files an edit can touch: those that reach what changed through imports and the names they use.

shop.py       def total(): ...        # edited
cart.py       from shop import total; def pay(): total()
test_cart.py  from cart import pay    # touched
test_user.py  from shop import User   # not: `User` does not use `total`

What is imported by nobody's text (a framework's string, a plug-in) is taken to touch everything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from reloadr.testing.names import ALL, Source, read

__all__ = ["ALL", "Project", "Touched", "is_test"]

Names = frozenset[str]

Touched = Mapping[str, Names]
"""Names by module."""


def is_test(path: str) -> bool:
    """Whether a file is one of pytest's, by the names that it looks for."""
    name = os.path.basename(path)
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


class Project:
    """The modules of the user's that are loaded, tests among them."""

    def __init__(self) -> None:
        #: By path, as of a state of the file.
        self._sources: dict[str, tuple[tuple[int, int], Source]] = {}

    def learn(self, modules: Mapping[str, str]) -> None:
        """Takes in modules: names by path."""
        for path, name in modules.items():
            self._read(path, name)

    def paths(self) -> dict[str, str]:
        """What was taken in."""
        return {path: source.name for path, (_, source) in self._sources.items()}

    def module_of(self, path: str) -> str | None:
        """The name of the module of a file."""
        known = self._sources.get(path)
        return known[1].name if known is not None else None

    def preparing(self, paths: Iterable[str]) -> str | None:
        """One of some files that changes, as it is imported, what others meet; None if none does."""
        sources = (self._sources[path][1] for path in paths if path in self._sources)
        return next((each.path for each in sources if each.prepares), None)

    def reached(self, changed: Touched, tests: Iterable[str]) -> set[str]:
        """The test files, of these, that changed names can touch."""
        self.learn(self.paths())
        found = self._follow(changed)
        # One that was never imported whole is tried each time.
        return {path for path in tests if found is None or (name := self.module_of(path)) is None or name in found}

    def _follow(self, changed: Touched) -> Touched | None:
        """All that is touched; None where nobody can tell."""
        sources = {source.name: source for _, source in self._sources.values()}
        found: dict[str, Names] = {}
        todo = list(changed.items())
        while todo:
            name, names = todo.pop()
            source, before = sources.get(name), found.get(name)
            now = (names if source is None else source.touched(names)) | (before or frozenset())
            if now == before:
                continue
            found[name] = now
            others = [each for each in sources.values() if each is not source]
            if source is not None and not is_test(source.path) and not any(_takes(each, name, ALL) for each in others):
                return None
            todo += [(each.name, taken) for each in others if (taken := _takes(each, name, now))]
            todo += _below(source, now, others)
        return found

    def _read(self, path: str, name: str) -> None:
        try:
            stat = os.stat(path)
            stamp = stat.st_mtime_ns, stat.st_size
            known = self._sources.get(path)
            if known is None or known[0] != stamp:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                is_package = os.path.basename(path) == "__init__.py"
                self._sources[path] = stamp, read(name, path, text, is_package=is_package)
        except (OSError, SyntaxError, ValueError):
            # What it said before holds until it can be read.
            return


def _takes(source: Source, name: str, names: Names) -> Names:
    """The names of a module that touched names of another one are behind; none where it has nothing of them."""
    found = set[str]()
    for local, module, what in source.imports:
        whole = f"{module}.{what}" if what else module
        if whole == name or name.startswith(f"{whole}."):
            # The module itself, or one that is reached through it.
            found |= ALL if names & ALL else {local}
        elif module == name and (names & ALL or what == "*"):
            found |= ALL
        elif module == name:
            found |= {local} if what in names else set()
        elif whole.startswith(f"{name}."):
            # It stands above, and is imported on the way.
            found |= names & ALL
    dotted = [each.replace(":", ".") for each in source.strings]
    return ALL if any(f"{each}.".startswith(f"{name}.") for each in dotted) else frozenset(found)


def _below(source: Source | None, names: Names, others: Iterable[Source]) -> Iterator[tuple[str, Names]]:
    """The tests that have the fixtures and hooks of a conftest file, as far as they use what is touched of it."""
    if source is None or os.path.basename(source.path) != "conftest.py":
        return
    everywhere = bool(names & ALL) or any(each.startswith("pytest_") for each in names)
    for each in others:
        if each.path.startswith(os.path.dirname(source.path) + os.sep):
            by_import = any(module.rpartition(".")[2] == "conftest" for _, module, _ in each.imports)
            if everywhere or by_import:
                yield each.name, ALL
            elif any(statement.words & names for statement in each.statements):
                yield each.name, names
