"""Sources of modules on their way to other processes, and the imports that are served from them.

A process that has no file of a module, or another one, imports the text that it was given: its disk is not asked.
"""

from __future__ import annotations

import importlib.machinery
import linecache
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from types import CodeType, ModuleType
from typing import Any

from reloadr._core import Snapshot
from reloadr.live import capture
from reloadr.live.module import Tracked
from reloadr.session.handed import encoded, hash_of
from reloadr.session.session import Session

__all__ = ["Served", "is_below", "source_of", "sources_below"]


def is_below(module: str, names: Iterable[str]) -> bool:
    """Whether a module is one of these, or lies below one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


def sources_below(owner: Session, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What is saved of the watched modules below some names, with the packages above them that have no file."""
    found: dict[str, Mapping[str, Any]] = {}
    with owner.held():
        owner.discovery.look()
        for name, tracked in list(owner.tracked.items()):
            if is_below(name, names):
                found[name] = source_of(owner, tracked)
    for name in list(found):
        parent = name.rpartition(".")[0]
        while parent and parent not in found:
            if getattr(sys.modules.get(parent), "__file__", None) is None:
                found[parent] = {"text": None, "path": "", "package": True, "hash": ""}
            parent = parent.rpartition(".")[0]
    return found


def source_of(owner: Session, tracked: Tracked) -> Mapping[str, Any]:
    """The text of a module that is saved: what waits for a restart here may be live elsewhere."""
    waiting = owner.pending.get(tracked.path)
    wanted = waiting is not None and not waiting.undone and waiting.report is not None and waiting.report.needs_restart
    text = (waiting.snapshot if waiting is not None and wanted else tracked.snapshot).text()
    return {
        "text": text,
        "path": tracked.path,
        "package": hasattr(tracked.module, "__path__"),
        "hash": hash_of(text),
    }


class Served(MetaPathFinder):
    """Finds modules in the sources that it was given, before any disk is asked."""

    def __init__(self) -> None:
        self.sources: dict[str, Mapping[str, Any]] = {}

    def install(self) -> None:
        """Imports are served from now on."""
        sys.meta_path[:] = [self, *(each for each in sys.meta_path if type(each) is not Served)]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """As the import system asks."""
        source = self.sources.get(fullname)
        if source is None:
            return None
        try:
            local = importlib.machinery.PathFinder.find_spec(fullname, path)
        except (ImportError, OSError):
            local = None
        if source["text"] is None:
            return local if local is not None else _namespace(fullname)
        # What lies beside it, such as data, is found where this machine has it.
        origin = local.origin if local is not None and local.has_location and local.origin else str(source["path"])
        loader = _Loader(fullname, origin, source)
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=origin, is_package=bool(source["package"]))
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            known = local.submodule_search_locations if local is not None else None
            spec.submodule_search_locations[:] = known or [os.path.dirname(origin)]
        return spec


def _namespace(name: str) -> importlib.machinery.ModuleSpec:
    return importlib.machinery.ModuleSpec(name, None, is_package=True)


class _Loader(InspectLoader):
    """Runs a text as if it were the file at a path."""

    def __init__(self, name: str, path: str, source: Mapping[str, Any]) -> None:
        self.name = name
        self.path = path
        self._source = source

    def get_source(self, fullname: str) -> str:
        return str(self._source["text"])

    def get_filename(self, fullname: str) -> str:
        return self.path

    def is_package(self, fullname: str) -> bool:
        return bool(self._source["package"])

    def get_code(self, fullname: str) -> CodeType:
        code = compile(encoded(self.get_source(fullname)), self.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code

    def exec_module(self, module: ModuleType) -> None:
        data, code = encoded(self.get_source(self.name)), self.get_code(self.name)
        capture.remember(module, code, Snapshot(self.path, data))
        lines = self.get_source(self.name).splitlines(keepends=True)
        # Without a time of change nobody compares it with a file.
        linecache.cache[self.path] = (len(data), None, lines, self.path)
        exec(code, module.__dict__)
