"""What is imported after `import reloadr` is remembered as it was imported.

The code object that a source file's import executes is kept, with the bytes of the file, for the user's own
code: its constants hold the code object of every function of the module, so later nothing has to be searched
for, and an edit made between import and watch is noticed. The standard library and site-packages are left
alone. The cost is one read of the file at its import.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import sys
import sysconfig
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from weakref import WeakKeyDictionary, WeakSet

from reloadr._core import Snapshot, read
from reloadr.live.kinds import is_a


class Captured:
    """A module as it was imported."""

    __slots__ = ("code", "snapshot")

    def __init__(self, code: CodeType, snapshot: Snapshot) -> None:
        self.code = code
        self.snapshot = snapshot


#: Called with a module and its path before the file is read for an import.
listeners: list[Callable[[ModuleType, str], object]] = []

#: Called with what an import of the user's has read.
reads: list[Callable[[Snapshot], object]] = []

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
    """Whether a file is the user's own: not the standard library's and not installed, for whatever interpreter or
    environment. An editable install lies where its checkout is."""
    if path.startswith("<frozen "):
        # A module of the standard library that the interpreter itself holds.
        return False
    if not is_installed(path):
        return True
    # What is linked into the standard library itself is the distribution's, as Debian's `sitecustomize`.
    if os.path.dirname(path) in _LIBRARY:
        return False
    # A checkout may lie among them only by being linked there, file by file or as a folder.
    linked = os.path.islink(path) or _is_linked(path[: _top(path)])
    return linked and not is_installed(os.path.realpath(path))


def is_installed(path: str) -> bool:
    """Whether a path lies where interpreters and environments keep what is theirs, or was installed."""
    return path.startswith(_FOREIGN) or holds_packages(path)


def holds_packages(path: str) -> bool:
    """Whether a path leads through a folder of packages: `~/.local`'s, Debian's, another environment's."""
    return any(folder in path for folder in _PACKAGES)


def _top(path: str) -> int:
    """Where the first folder below a folder of packages ends in a path."""
    start = max(path.rfind(folder) + len(folder) if folder in path else 0 for folder in _PACKAGES)
    end = path.find(os.sep, start)
    return end if start and end > 0 else 0


_PACKAGES = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


@functools.lru_cache(maxsize=4096)
def _is_linked(folder: str) -> bool:
    return bool(folder) and os.path.islink(folder)


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
    # Asked with each save, and next to never is there one.
    if not _reloaded:
        return []
    found = list(_reloaded)
    _reloaded.clear()
    return found


_original = importlib.machinery.SourceFileLoader.get_code


def _get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
    module = sys.modules.get(fullname)
    again = module is not None and _RELOADING.get(fullname) is module
    if module is None or not (again or getattr(module.__spec__, "_initializing", False)):
        module = _executed(fullname)
        again = module is not None and "__builtins__" in module.__dict__
        if module is None and fullname not in sys.modules and is_user_code(str(self.path)):
            for each in runs:
                each(str(self.path))
    if module is None or not is_user_code(str(self.path)):
        return _original(self, fullname)
    global _imports
    _imports += 1
    for listener in listeners:
        listener(module, str(self.path))
    try:
        snapshot = read(str(self.path))
    except OSError:
        return _original(self, fullname)
    for reader in reads:
        reader(snapshot)
    try:
        code = _original(self, fullname)
    except SyntaxError as error:
        # Of a null byte the interpreter does not say in which file it is.
        if error.filename is None and error.lineno is None:
            error.filename = str(self.path)
        raise
    if code is not None:
        _captured[module] = Captured(code, snapshot)
        if again:
            _reloaded.add(module)
    return code


def _executed(fullname: str) -> ModuleType | None:
    """The module that is executed without an import, as plug-ins are: `spec.loader.exec_module(module)`."""
    caller = sys._getframe(2)
    if caller.f_code.co_name != "exec_module" or not caller.f_code.co_filename.startswith("<frozen importlib"):
        return None
    module = caller.f_locals.get("module")
    return module if is_a(module, ModuleType) and module.__name__ == fullname else None


# Import errors show no frames of the import system; this one belongs to it.
_get_code.__code__ = _get_code.__code__.replace(co_filename="<frozen importlib._bootstrap_external>")


def install() -> None:
    """Starts remembering. Called once, by `import reloadr`."""
    importlib.machinery.SourceFileLoader.get_code = _get_code  # type: ignore[method-assign, assignment]


def uninstall() -> None:
    """Ends the remembering."""
    importlib.machinery.SourceFileLoader.get_code = _original  # type: ignore[method-assign]
