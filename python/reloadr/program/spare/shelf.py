"""Libraries that are imported and put away: nobody sees them until somebody imports them.

Whoever imports one must do so as it was imported: in the same state of the process, and with nothing done before to
what others made. Otherwise the process begins anew, without them.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from reloadr._core import Snapshot
from reloadr.program.after_import import AfterImport
from reloadr.program.spare.effects import Effects, effects_of
from reloadr.program.spare.record import is_import, is_user_code, lines_of
from reloadr.program.spare.state import Lists, State, is_same, marks
from reloadr.proof.judging import thread

__all__ = ["Files", "Shelf", "Taken"]


class Files:
    """What the user's files do to others, by the hash of their text."""

    def __init__(self) -> None:
        self._known: dict[int, Effects | None] = {}
        #: In the order in which they began to run.
        self.begun: list[tuple[str, int]] = []
        #: Whether the program has come to rest.
        self.have_started = False

    def learn(self, snapshot: Snapshot) -> None:
        """Looks at a file that was not looked at."""
        if snapshot.hash not in self._known:
            self._known[snapshot.hash] = effects_of(snapshot.data)

    def saw(self, snapshot: Snapshot) -> None:
        """A file of the user's is about to run."""
        self.learn(snapshot)
        self.begun.append((os.path.abspath(snapshot.path), snapshot.hash))

    def changed_others(self, begun: int, lines: Sequence[tuple[str, int, int]]) -> str:
        """Which of the first of them, which are at these lines or have run to their end, did something to others."""
        at = {path: line for path, first, line in lines if not first}
        main = self.begun[0][0] if self.begun else ""
        hashes = dict(self.begun[:begun])
        for path, number in hashes.items():
            if not is_user_code(path):
                # The main file of a library, as of `-m uvicorn`.
                continue
            effects = self._known.get(number)
            if effects is None or effects.before(at.get(path), is_main=path == main):
                return path
        for path, first, line in lines:
            effects = self._known.get(hashes.get(path, 0))
            if first and effects is not None and effects.within(first, line):
                return path
        return ""


@dataclass(slots=True)
class Taken:
    """One import, as it came out."""

    name: str
    state: State
    marks: dict[str, Any]
    #: What it loaded, in its order.
    modules: dict[str, ModuleType] = field(default_factory=dict)
    #: What it changed: variables of the environment, the path afterwards, and lists that it added to.
    environ: dict[str, str | None] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    added: list[tuple[list[Any], list[Any]]] = field(default_factory=list)


class _Loader:
    """Gives what is there."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = getattr(module, "__spec__", None)
        self._loader = getattr(module, "__loader__", None)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        with contextlib.suppress(AttributeError, TypeError):
            module.__spec__, module.__loader__ = self._spec, self._loader


class Shelf:
    """All that was put away; a finder."""

    def __init__(self, files: Files, anew: Callable[[str, str], object]) -> None:
        """`anew` has the process begin once more, without a shelf; it is told of which import, and why."""
        self._files = files
        self._anew = anew
        self._of: dict[str, Taken] = {}
        self._lists = Lists()
        #: Modules that are no attributes of their packages any more.
        self._cut: set[str] = set()
        self._lock = threading.RLock()

    def put(self, taken: Taken) -> None:
        """One more."""
        self._of.update(dict.fromkeys(taken.modules, taken))

    @property
    def names(self) -> list[str]:
        """What is there."""
        return list(self._of)

    def hide(self, first: State) -> None:
        """Nobody has imported anything, from now on; and the process is in its first state."""
        for name, taken in self._of.items():
            sys.modules.pop(name, None)
            outer, _, last = name.rpartition(".")
            if outer and self._of.get(outer) is not taken:
                parent = sys.modules.get(outer) or self._module(outer)
                if parent is not None and parent.__dict__.get(last) is taken.modules[name]:
                    delattr(parent, last)
                    self._cut.add(name)
        self._lists.restore()
        first.make()
        if self._of:
            sys.meta_path.insert(0, self)

    def _module(self, name: str) -> ModuleType | None:
        taken = self._of.get(name)
        return taken.modules.get(name) if taken is not None else None

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Brings back the import that loaded a module."""
        with self._lock:
            taken = self._of.get(name)
            if taken is None or not is_import(sys._getframe(1)):
                return None
            self._judge(taken)
            for each in taken.modules:
                self._of.pop(each, None)
            module = taken.modules[name]
            self._bring(taken, name)
        found = importlib.machinery.ModuleSpec(name, _Loader(module))  # type: ignore[arg-type]
        if hasattr(module, "__path__"):
            found.submodule_search_locations = list(module.__path__)
        return found

    def _judge(self, taken: Taken) -> None:
        """Whether it is imported now as it was."""
        if getattr(thread, "is_ours", False):
            # We import what is there for our own needs.
            return
        lines = lines_of(sys._getframe(2))
        if threading.current_thread() is not threading.main_thread():
            main = threading.main_thread().ident
            lines += lines_of(sys._current_frames().get(main or 0))
        if not is_same(taken.marks, marks()):
            why = "the process is patched, or warns or logs in another way"
        elif _is_of_python(taken):
            # Python's own take nothing from libraries, nor from variables of anybody's.
            return
        elif taken.state != State.now():
            why = "the environment, the paths, the arguments or the folder are others"
        elif path := self._files.changed_others(len(self._files.begun), lines):
            why = f"{path} has done something before that may concern it"
        elif earlier := self._before(taken):
            why = f"{earlier}, which was imported before it, is not yet"
        else:
            return
        self._anew(taken.name, why)

    def _before(self, taken: Taken) -> str:
        """A library that may have left something in this one, and that the program has not imported (yet)."""
        if self._files.have_started:
            # What is imported later in functions has no order.
            return ""
        earlier = next((each for each in self._of.values() if not _is_of_python(each)), taken)
        return "" if earlier is taken else earlier.name

    def _bring(self, taken: Taken, name: str) -> None:
        """All that the import had loaded, but the module that is asked for, which Python itself brings."""
        for each, module in taken.modules.items():
            if each == name:
                continue
            sys.modules[each] = module
            outer, _, last = each.rpartition(".")
            if each in self._cut and outer in sys.modules:
                setattr(sys.modules[outer], last, module)
        for key, value in taken.environ.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        if taken.path != taken.state.path:
            sys.path[:] = taken.path
        self._lists.add(taken.added)
        for finder in [each for each in sys.meta_path if isinstance(each, AfterImport)]:
            for each, module in taken.modules.items():
                if each != name:
                    finder.arrived(each, module)


def _is_of_python(taken: Taken) -> bool:
    return all(each.partition(".")[0] in sys.stdlib_module_names for each in taken.modules)
