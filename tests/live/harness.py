"""A folder of modules that a test edits while they live in this process."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import reloadr
from reloadr.session.session import session


class Project:
    """Source files under one folder that is on `sys.path` while the test runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._watchers: list[reloadr.Watcher] = []
        sys.path.insert(0, str(root))

    def path(self, name: str) -> Path:
        """The file of a dotted module name, or of a relative path."""
        if name.endswith(".py"):
            return self.root / name
        return self.root / (name.replace(".", "/") + ".py")

    def write(self, name: str, text: str | bytes) -> Path:
        """Saves a file whole, as an editor that renames does."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else dedent(text).encode("utf-8", "surrogatepass")
        beside = path.with_name(path.name + "~")
        beside.write_bytes(data)
        beside.replace(path)
        return path

    def load(self, name: str) -> Any:
        """Imports a module of the folder."""
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def start(self, name: str, text: str | bytes) -> Any:
        """Saves and imports a module."""
        self.write(name, text)
        return self.load(name)

    def watch(self, *targets: Any, **options: Any) -> reloadr.Watcher:
        """A watcher of these targets, or of the folder."""
        watcher = reloadr.watch(*(targets or (str(self.root),)), on="look", **options)
        self._watchers.append(watcher)
        return watcher

    def reopen(self) -> None:
        """Goes on after `close`, with nothing loaded."""
        sys.path.insert(0, str(self.root))

    def names(self) -> list[str]:
        """The modules in this process that come from the folder."""
        inside = str(self.root) + os.sep
        found = []
        for name, module in list(sys.modules.items()):
            places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
            if isinstance(module, ModuleType) and any(str(place).startswith(inside) for place in places):
                found.append(name)
        return found

    def close(self) -> None:
        """Leaves nothing behind in the process."""
        for watcher in self._watchers:
            watcher.stop()
        self._watchers.clear()
        for name in self.names():
            sys.modules.pop(name, None)
        for name, tracked in list(session.tracked.items()):
            if tracked.path.startswith(str(self.root)):
                session.discovery.forget(name)
        sys.path[:] = [each for each in sys.path if not each.startswith(str(self.root))]
        for place in [each for each in sys.path_importer_cache if each.startswith(str(self.root))]:
            del sys.path_importer_cache[place]


def wait_until(predicate: Callable[[], object], what: str, timeout: float = 20.0) -> None:
    """Waits for a condition. Raises AssertionError when it does not come true in time."""
    end = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < end, f"not in {timeout:.0f} s: {what}"
        time.sleep(0.002)


def lengthened(text: str) -> str:
    """A text with so much behind each line that ends in `edit()` that the arguments of jumps around it take more than
    one instruction."""
    lines = []
    for line in text.splitlines():
        lines.append(line)
        if line.endswith("edit()") and not line.strip().startswith("elif"):
            lines.append(line[: -len(line.lstrip())] + "; ".join(["[log, log, log, log]"] * 40))
    return "\n".join(lines) + "\n"


def fresh(module: ModuleType, text: str, looked_at: str) -> str:
    """What an expression shows in a process that runs this text as the module."""
    namespace: dict[str, object] = {"__name__": module.__name__}
    exec(compile(text, "<fresh>", "exec", dont_inherit=True), namespace)
    return repr(eval(looked_at, namespace))
