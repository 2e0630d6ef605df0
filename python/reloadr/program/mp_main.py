"""The main module of a program in its spawned workers.

`multiprocessing`, loky and billiard run the script once more in each worker, and then *copy* its names into the module
that they call `__mp_main__`: its functions look their globals up in a namespace that no module has, and no edit would
reach them. Here the script runs in the module's own namespace, as it does in the first process.
"""

from __future__ import annotations

import builtins
import importlib.util
import os
import sys
from types import CodeType, ModuleType

from reloadr._core import Snapshot, read
from reloadr.live import capture

# `typing` is not loaded by all programs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MODULES", "stand_in"]

#: Where the functions are that run the script.
MODULES = (
    "multiprocessing.spawn",
    "loky.backend.spawn",
    "joblib.externals.loky.backend.spawn",
    "billiard.spawn",
)

_NAME = "__mp_main__"


def stand_in(spawn: ModuleType, begins: Callable[[], object]) -> None:
    """Puts ours in the place of the two functions of a module. `begins` is called before the script runs."""
    by_path, by_name = spawn.__dict__.get("_fixup_main_from_path"), spawn.__dict__.get("_fixup_main_from_name")
    former = spawn.__dict__.get("old_main_modules")
    if by_path is None or by_name is None or not isinstance(former, list):
        return

    def from_path(main_path: str) -> None:
        current = sys.modules["__main__"]
        is_known = getattr(current, "__file__", None) == main_path
        is_ipython = os.path.splitext(os.path.basename(main_path))[0] == "ipython"
        found = None if is_known or is_ipython else _of_path(main_path)
        if found is None:
            by_path(main_path)
            return
        former.append(current)
        # As `runpy` has it.
        argument, sys.argv[0] = sys.argv[0], main_path
        try:
            _run(*found, begins)
        finally:
            sys.argv[0] = argument

    def from_name(mod_name: str) -> None:
        current = sys.modules["__main__"]
        is_main = mod_name == "__main__" or mod_name.endswith(".__main__")
        is_known = getattr(current.__spec__, "name", None) == mod_name
        found = None if is_main or is_known else _of_name(mod_name)
        if found is None:
            by_name(mod_name)
            return
        former.append(current)
        _run(*found, begins)

    spawn.__dict__.update(_fixup_main_from_path=from_path, _fixup_main_from_name=from_name)


def _of_path(path: str) -> tuple[ModuleType, Snapshot, str] | None:
    """A script; None for a folder, an archive, and what cannot be read."""
    if not path.endswith((".py", ".pyw")) or not capture.is_user_code(path):
        return None
    try:
        snapshot = read(path)
    except OSError:
        return None
    module = ModuleType(_NAME)
    module.__dict__.update(
        __file__=path, __cached__=None, __spec__=None, __package__="", __loader__=None, __builtins__=builtins
    )
    return module, snapshot, path


def _of_name(name: str) -> tuple[ModuleType, Snapshot, str] | None:
    """A module that was started by `-m`; None for one without a source file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.submodule_search_locations is not None or spec.origin is None:
        return None
    if not spec.origin.endswith(".py") or not capture.is_user_code(spec.origin):
        return None
    try:
        snapshot = read(spec.origin)
    except OSError:
        return None
    module = ModuleType(_NAME)
    module.__dict__.update(
        __file__=spec.origin,
        __cached__=spec.cached,
        __spec__=spec,
        __package__=spec.parent,
        __loader__=spec.loader,
        __builtins__=builtins,
    )
    return module, snapshot, spec.origin


def _run(module: ModuleType, snapshot: Snapshot, path: str, begins: Callable[[], object]) -> None:
    code: CodeType = compile(snapshot.data, path, "exec", dont_inherit=True)
    capture.remember(module, code, snapshot)
    sys.modules[_NAME] = module
    begins()
    exec(code, module.__dict__)
    sys.modules["__main__"] = sys.modules[_NAME] = module
