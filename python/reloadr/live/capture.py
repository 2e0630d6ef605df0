"""What is imported after `import reloadr` is remembered as it was imported.

The code object that a source file's import executes is kept, with the bytes of the file, for the user's own
code: its constants hold the code object of every function of the module, so later nothing has to be searched
for, and an edit made between import and watch is noticed. The standard library and site-packages are left
alone. The cost is one read of the file at its import.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
import sysconfig
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from weakref import WeakKeyDictionary, WeakSet

from reloadr._core import Snapshot, read


class Captured:
    """A module as it was imported."""

    __slots__ = ("code", "snapshot")

    def __init__(self, code: CodeType, snapshot: Snapshot) -> None:
        self.code = code
        self.snapshot = snapshot


#: Called with a module and its path before the file is read for an import.
listeners: list[Callable[[ModuleType, str], object]] = []

#: Called with the path of a file of the user's whose code is asked for by who does not import it, as `python -m`.
runs: list[Callable[[str], object]] = []

_captured: WeakKeyDictionary[ModuleType, Captured] = WeakKeyDictionary()
_reloaded: WeakSet[ModuleType] = WeakSet()

#: What `importlib.reload` is at right now, by name.
_RELOADING: Mapping[str, ModuleType] = getattr(importlib, "_RELOADING", {})


def _foreign_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib") if name in paths}
    folders |= {os.path.dirname(os.__file__)}
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(sorted({os.path.abspath(folder) + os.sep for folder in folders} | {own + os.sep}))


_FOREIGN = _foreign_folders()
_LIBRARY = frozenset({os.path.dirname(os.__file__), os.path.abspath(sysconfig.get_paths()["stdlib"])})


def is_user_code(path: str) -> bool:
    """Whether a file is the user's own: not the standard library's and not installed into site-packages."""
    if not path.startswith(_FOREIGN):
        return True
    # A checkout may lie below a virtual environment's or interpreter's folder only by being linked there. What is
    # linked into the standard library itself is the distribution's, as Debian's `sitecustomize`.
    if os.path.dirname(path) in _LIBRARY:
        return False
    return os.path.islink(path) and not os.path.realpath(path).startswith(_FOREIGN)


_imports = 0


def imports() -> int:
    """How many imports of the user's modules have begun so far."""
    return _imports


def captured(module: ModuleType) -> Captured | None:
    """How a module was imported, if that was seen."""
    return _captured.get(module)


def remember(module: ModuleType, code: CodeType, snapshot: Snapshot) -> None:
    """Notes how a module came to be that no import made: the main one."""
    _captured[module] = Captured(code, snapshot)


def release(module: ModuleType) -> None:
    """Forgets a module's import: its baseline is kept elsewhere now."""
    _captured.pop(module, None)


def reloaded() -> list[ModuleType]:
    """The modules that `importlib.reload` ran since the last call: their functions are others."""
    found = list(_reloaded)
    _reloaded.clear()
    return found


_original = importlib.machinery.SourceFileLoader.get_code


def _get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
    module = sys.modules.get(fullname)
    spec = None if module is None else module.__spec__
    if module is None and runs and is_user_code(str(self.path)):
        for each in runs:
            each(str(self.path))
    again = module is not None and _RELOADING.get(fullname) is module
    if module is None or not (again or getattr(spec, "_initializing", False)) or not is_user_code(str(self.path)):
        return _original(self, fullname)
    global _imports
    _imports += 1
    for listener in listeners:
        listener(module, str(self.path))
    try:
        snapshot = read(str(self.path))
    except OSError:
        return _original(self, fullname)
    code = _original(self, fullname)
    if code is not None:
        _captured[module] = Captured(code, snapshot)
        if again:
            _reloaded.add(module)
    return code


# Import errors show no frames of the import system; this one belongs to it.
_get_code.__code__ = _get_code.__code__.replace(co_filename="<frozen importlib._bootstrap_external>")


def install() -> None:
    """Starts remembering. Called once, by `import reloadr`."""
    importlib.machinery.SourceFileLoader.get_code = _get_code  # type: ignore[method-assign, assignment]


def uninstall() -> None:
    """Ends the remembering."""
    importlib.machinery.SourceFileLoader.get_code = _original  # type: ignore[method-assign]
