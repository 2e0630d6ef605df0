"""What is done with a module as soon as it is imported, before anybody has it. Loads nothing that Python has not."""

from __future__ import annotations

import sys

# `typing` is not loaded by all programs, nor is `importlib.abc`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["AfterImport"]


class _Loader:
    """The loader of a module that is not what it was once it is loaded."""

    def __init__(self, loader: Loader, spec: ModuleSpec, after: Callable[[ModuleType], object]) -> None:
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


class AfterImport:
    """Finds nothing by itself: it hands on what the others find."""

    def __init__(self) -> None:
        #: By module, what is done with it.
        self.after: dict[str, list[Callable[[ModuleType], object]]] = {}

    def install(self) -> None:
        """From now on."""
        sys.meta_path.insert(0, self)

    def asked_for(self, name: str) -> None:
        """A module is about to be imported."""

    def arrived(self, name: str, module: ModuleType) -> None:
        """A module came without being asked for here."""
        self.asked_for(name)
        for each in self.after.pop(name, ()):
            each(module)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        self.asked_for(name)
        after = self.after.pop(name, None)
        if after is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None and finder is not self else None
            if spec is not None:
                if spec.loader is not None:
                    then = lambda module: [each(module) for each in after]  # noqa: E731
                    spec.loader = _Loader(spec.loader, spec, then)
                return spec  # type: ignore[no-any-return]
        return None
