"""Under `reloadr run`: what plug-ins put in the place of a framework's own reloader, once its module is imported.

A reloader that starts the program a second time would leave us with the process that only waits for the other.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from reloadr import plugins

__all__ = ["install"]


class _Loader(importlib.abc.Loader):
    """The loader of a module that is not what it was once it is loaded."""

    def __init__(self, loader: importlib.abc.Loader, spec: ModuleSpec, after: Callable[[ModuleType], object]) -> None:
        self._loader = loader
        self._spec = spec
        self._after = after

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # As if we were not there, from the first line of the module on.
        self._spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._after(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing by itself: it hands on what the others find."""

    def __init__(self) -> None:
        self._asleep = set(plugins.standing_in())
        self._after: dict[str, list[Callable[[ModuleType], object]]] = {}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name in self._asleep:
            self._asleep.discard(name)
            for plugin in plugins.wake(name):
                for module, stand_in in plugin.stand_ins.items():
                    self._after.setdefault(module, []).append(stand_in)
        after = self._after.pop(name, None)
        if after is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None and finder is not self else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, spec, lambda module: [each(module) for each in after])
                return spec  # type: ignore[no-any-return]
        return None


def install(restart: Callable[[str], object]) -> None:
    """From now on. `restart` has the program started again."""
    plugins.host.restart = restart
    sys.meta_path.insert(0, _Finder())
