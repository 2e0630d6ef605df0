"""Modules that the watched ones tried to import and did without, and whose file has come since.

try: import fast                   # there was no `fast.py` when this ran; now there is
except ImportError: fast = None
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from types import ModuleType

from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.live.origin import absolute
from reloadr.source.finding_modules import FOLDERS

__all__ = ["Absent"]

#: Words without which nobody does without a module.
_WORDS = ["ImportError", "ModuleNotFound", "suppress(", "find_spec"]
#: And those without which nobody looks for modules in folders.
_SEARCHING = [f"{word}(" for word in FOLDERS]
_IMPORTS = re.compile(r"^[ \t]+(?:import|from)[ \t]+([\w.]+)|find_spec\([ \t]*[\"']([\w.]+)[\"']", re.MULTILINE)

#: How a file looked; None where there was none.
_Mark = tuple[str, int, int] | None


class Absent:
    """What was looked for in vain, and how its file looked then."""

    def __init__(self, tracked: Modules) -> None:
        self._tracked = tracked
        self._marks: dict[str, _Mark] = {}
        #: What it held: who only writes it again changes nothing.
        self._texts: dict[str, tuple[str, bytes]] = {}
        #: What is in packages whose modules others find by themselves.
        self._folders: dict[tuple[str, ...], set[str]] = {}
        #: What each module may do without, by the text that says so.
        self._named: dict[str, tuple[int, list[str]]] = {}

    def look(self) -> None:
        """Notes what is looked for in vain by now."""
        for name in self._names():
            if name not in self._marks:
                self._marks[name] = mark = _mark(name)
                self._texts[name] = _text(mark)
        searched = {(package, *_paths(package)) for package in self._searched()}
        self._folders = {key: self._folders.get(key) or _modules_in(key[0]) for key in searched}

    def _new_in_folders(self) -> set[str]:
        """The modules that came into packages whose modules others find by themselves."""
        found: set[str] = set()
        for (package, *folders), known in self._folders.items():
            there = _modules_in(package) if folders == _paths(package) else known
            fresh = {f"{package}.{name}" for name in there - known} - sys.modules.keys()
            whole = {name for name in fresh if (mark := _mark(name)) is not None and _is_whole(mark[0])}
            known &= there
            known |= {name.rpartition(".")[2] for name in whole}
            found |= whole
        return found

    def _searched(self) -> Iterator[str]:
        """The packages that watched modules may go through: their own, and those that they name."""
        for tracked in self._tracked.mentioning(_SEARCHING):
            own = tracked.name if "__path__" in tracked.namespace else tracked.name.rpartition(".")[0]
            held = [value for value in list(tracked.namespace.values()) if is_a(value, ModuleType)]
            for name in {own, *(str(each.__dict__.get("__name__")) for each in held)}:
                if "__path__" in vars(sys.modules.get(name, object)) and self._tracked.get(name) is not None:
                    yield name

    def came(self) -> frozenset[str]:
        """The full names of those whose file came, or is another by now; each once."""
        if not self._marks and not self._folders and not self._tracked.mentioning([*_WORDS, *_SEARCHING]):
            return frozenset()
        found = set()
        for name in list(self._marks):
            if name in sys.modules:
                del self._marks[name], self._texts[name]
                continue
            mark = _mark(name)
            if mark != self._marks[name] and (mark is None or _is_whole(mark[0])):
                before, self._texts[name] = self._texts[name], _text(mark)
                self._marks[name] = mark
                if mark is not None and self._texts[name] != before:
                    found.add(name)
        found |= self._new_in_folders()
        self.look()
        return frozenset(found)

    def concerns(self, path: str) -> bool:
        """Whether a file may be one of them."""
        stem = os.path.basename(path.removesuffix(os.sep + "__init__.py")).removesuffix(".py")
        if any(name.rpartition(".")[2] == stem for name in self._marks):
            return True
        folder = os.path.dirname(path)
        return path.endswith(".py") and any(folder in folders for _, *folders in self._folders)

    def _names(self) -> Iterator[str]:
        for tracked in self._tracked.mentioning(_WORDS):
            known = self._named.get(tracked.name)
            if known is None or known[0] != tracked.snapshot.hash:
                known = self._named[tracked.name] = tracked.snapshot.hash, list(_imported_in(tracked))
            yield from (name for name in known[1] if name not in sys.modules)


def _imported_in(tracked: Tracked) -> Iterator[str]:
    """The modules that lines of a text import which are not at its left edge."""
    try:
        text = tracked.snapshot.text()
    except SyntaxError:
        return
    for found in _IMPORTS.finditer(text):
        try:
            yield absolute(tracked.namespace, found[1] or found[2])
        except ImportError:
            continue


def _mark(name: str) -> _Mark:
    parent, _, last = name.rpartition(".")
    holder = sys.modules.get(parent)
    folders = list(getattr(holder, "__path__", ())) if parent else sys.path
    for folder in folders if last else ():
        for path in (os.path.join(folder, last, "__init__.py"), os.path.join(folder, f"{last}.py")):
            try:
                seen = os.stat(path)
            except (OSError, ValueError):
                continue
            return path, seen.st_mtime_ns, seen.st_size
    return None


def _text(mark: _Mark) -> tuple[str, bytes]:
    """Which file it is, and a hash of what it holds."""
    if mark is None:
        return "", b""
    try:
        with open(mark[0], "rb") as file:
            return mark[0], sha256(file.read()).digest()
    except OSError:
        return mark[0], b""


def _paths(package: str) -> list[str]:
    return list(getattr(sys.modules.get(package), "__path__", ()))


def _modules_in(package: str) -> set[str]:
    found: set[str] = set()
    for folder in _paths(package):
        try:
            found |= {name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py")}
        except OSError:
            continue
    return found - {"__init__"}


def _is_whole(path: str) -> bool:
    """Whether a file is Python by now: an editor may still be at work on it."""
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
