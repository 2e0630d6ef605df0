"""What `reload(...)` was asked for: objects to modules and qualified names."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType

from reloadr._core import Node
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.origin import snapshot_of, source_path
from reloadr.live.places import place_for
from reloadr.live.proxy import is_proxy
from reloadr.session.discovery import Discovery
from reloadr.session.rules import kind_of
from reloadr.source.outlines import parse

__all__ = ["Selection", "definition_of", "selection_of"]


@dataclass
class Selection:
    """Which definitions a reload is about; everything where `names` is None."""

    modules: set[str]
    names: set[str] | None = None
    #: Names by module, where they differ.
    parts: dict[str, set[str]] = field(default_factory=dict)

    def picks(self, module: str) -> Callable[[Node], bool] | None:
        """Whether a node of a module belongs to one of the named definitions; None where all do."""
        names = self.parts.get(module, self.names)
        if names is None:
            return None
        return lambda node: any(_is_part(node, name) for name in names)


def _is_part(node: Node, name: str) -> bool:
    """Whether a node is what a qualified name stands for, or within it. A statement is what it binds."""
    qualname = node.qualname
    if qualname == name or qualname.startswith(f"{name}."):
        return True
    scope, _, last = name.rpartition(".")
    return node.name is None and qualname == scope and last in node.binds


def selection_of(discovery: Discovery, objects: Iterable[object]) -> Selection:
    """The modules and definitions that some objects stand for; modules are taken in as they run now.

    Raises ValueError for what is not loaded or has no Python source, TypeError for other objects.
    """
    whole: set[str] = set()
    named: dict[str, set[str]] = {}
    for each in objects:
        modules, names = _resolve(each)
        for module in modules:
            if names:
                named.setdefault(module.__name__, set()).update(names)
            else:
                whole.add(module.__name__)
        _track(discovery, modules)
        if isinstance(each, str) and names:
            _must_exist(discovery, each, modules[0], next(iter(names)))
    return Selection(whole | named.keys(), None, {name: parts for name, parts in named.items() if name not in whole})


def _must_exist(discovery: Discovery, text: str, module: ModuleType, qualname: str) -> None:
    """Raises ValueError for a dotted name that neither the process nor the file knows."""
    found: object = module
    for name in qualname.split("."):
        found = inspect.getattr_static(found, name, None)
    if found is not None:
        return
    tracked = discovery.tracked.get(module.__name__)
    try:
        if tracked is None or parse(snapshot_of(module, tracked.path), tracked.filename).find(qualname):
            return
    except (SyntaxError, OSError, ImportError):
        return
    raise ValueError(f"cannot reload {text!r}: the module {module.__name__!r} has no definition {qualname!r}")


def _track(discovery: Discovery, modules: list[ModuleType]) -> None:
    fresh: list[tuple[ModuleType, str]] = []
    for module in modules:
        path = source_path(module)
        if path is None:
            if not hasattr(module, "__path__"):
                raise ValueError(f"cannot reload {module.__name__!r}: it is {kind_of(module)} without Python source")
            continue
        tracked = discovery.tracked.get(module.__name__)
        if tracked is None or tracked.module is not module:
            fresh.append((module, path))
    discovery.track(fresh)


def _resolve(target: object) -> tuple[list[ModuleType], set[str]]:
    place = place_for(target) if is_proxy(target) else None
    if place is not None and place.module in sys.modules:
        return [sys.modules[place.module]], set(place.names)
    if is_a(target, ModuleType):
        return _with_submodules(target), set()
    if isinstance(target, (str, os.PathLike)):
        return _named(os.fspath(target))
    return definition_of(target)


def _with_submodules(module: ModuleType) -> list[ModuleType]:
    if not hasattr(module, "__path__"):
        return [module]
    prefix = f"{module.__name__}."
    below = [each for name, each in list(sys.modules.items()) if name.startswith(prefix)]
    return [module, *(each for each in below if is_a(each, ModuleType) and source_path(each))]


def _named(text: str) -> tuple[list[ModuleType], set[str]]:
    path = os.path.abspath(text)
    if text not in sys.modules and os.path.exists(path):
        real = os.path.realpath(path)
        prefix = real.rstrip(os.sep) + os.sep
        found: list[ModuleType] = []
        for module in list(sys.modules.values()):
            own = source_path(module) if is_a(module, ModuleType) else None
            if own is not None and (os.path.realpath(own) == real or os.path.realpath(own).startswith(prefix)):
                found.append(module)
        if not found:
            raise ValueError(f"cannot reload {text!r}: no loaded module comes from there")
        return found, set()
    parts = text.split(".")
    for at in range(len(parts), 0, -1):
        loaded = sys.modules.get(".".join(parts[:at]))
        if loaded is not None:
            return (_with_submodules(loaded), set()) if at == len(parts) else ([loaded], {".".join(parts[at:])})
    raise ValueError(f"cannot reload {text!r}: no such module is loaded, and no such file exists")


def definition_of(target: object) -> tuple[list[ModuleType], set[str]]:
    """The module and the qualified name of a function, method or class. Raises TypeError for anything else."""
    found = target
    if not is_a(target, type):
        inner = next(iter(locate.unwrap(target)), None)
        found = inspect.unwrap(inner.function) if inner is not None else target
    name = getattr(found, "__module__", None)
    qualname = getattr(found, "__qualname__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or not isinstance(qualname, str):
        raise TypeError(f"cannot reload {target!r}: give a function, method, class, module, dotted name or path")
    return [module], {qualname.partition(".<locals>")[0]}
