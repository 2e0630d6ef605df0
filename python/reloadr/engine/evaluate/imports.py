"""What an import statement binds, names included that are only staged."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from functools import partial
from types import ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.evaluate.failures import failure
from reloadr.live import capture
from reloadr.live.kinds import is_a
from reloadr.live.origin import absolute, source_path
from reloadr.report.findings import Rejected
from reloadr.source.statements import value_of
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

#: Names of a module by which the import system knows whose import it is.
_OF_IMPORTS = ("__name__", "__package__", "__spec__", "__path__", "__builtins__")


def imported(batch: Batch, work: Work, node: Node) -> dict[str, object]:
    """What an import statement binds, names that this batch only stages included."""
    bound: dict[str, object] = {}
    imported_before = len(batch.imported)
    try:
        for module, name, alias in node.imported:
            if node.source.startswith("lazy ") and not _is_loaded(batch.stage, work, module, name):
                bound[alias] = _lazily(work, node)[alias]
            elif not name or name == "as":
                loaded = load(batch, work, module)
                top = sys.modules[module.partition(".")[0]]
                bound[alias] = loaded if name else top
            elif name == "*":
                bound.update(star(batch.stage, load(batch, work, module)))
            else:
                bound[alias] = _import_name(batch, work, node, module, name)
    except (KeyboardInterrupt, Rejected):
        raise
    except BaseException as error:
        raise failure(batch.swaps, batch.noted, work, node, error) from error
    if len(batch.imported) > imported_before:
        batch.unsure.append((work, node))
    return bound


def load(batch: Batch, work: Work, module: str) -> ModuleType:
    """Imports a module as an import statement would; its own code sees what this batch brings."""
    name = absolute(work.tracked.namespace, module)
    loaded = sys.modules.get(name)
    if loaded is not None:
        return loaded
    batch.flush()
    known = set(sys.modules)
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    finally:
        for each in _own(batch.works, set(sys.modules) - known):
            batch.imported.add(each)
            batch.journal.on_undo.append(partial(_unload, each))


def _is_loaded(stage: Stage, work: Work, module: str, name: str) -> bool:
    """Whether what an import statement names is there without anything being loaded."""
    loaded = sys.modules.get(absolute(work.tracked.namespace, module))
    if loaded is None or name in ("", "as"):
        return loaded is not None
    space = stage.spaces.get(id(loaded.__dict__))
    return (loaded.__dict__.get(name, MISSING) if space is None else space.get(name)) is not MISSING


def _lazily(work: Work, node: Node) -> dict[str, object]:
    """What a lazy import binds (CPython 3.15 and later): it loads when the name is used, and fails then.

    lazy import table                  # nothing of it runs as the edit becomes live
    """
    namespace = work.tracked.namespace
    made = {name: namespace[name] for name in _OF_IMPORTS if name in namespace}
    exec(compile(node.source, work.tracked.filename, "exec", dont_inherit=True), made)
    return made


def _own(works: Works, names: set[str]) -> set[str]:
    """Those of newly imported modules that lie beside watched ones, or are the user's own: taken back with the batch,
    since they may hold what it made."""
    tops = {tracked.name.partition(".")[0] for tracked in works.watched}
    return {name for name in names if name.partition(".")[0] in tops or _is_users(sys.modules.get(name))}


def _is_users(module: object) -> bool:
    path = source_path(module) if is_a(module, ModuleType) else None
    return path is not None and capture.is_user_code(path)


def _import_name(batch: Batch, work: Work, node: Node, module: str, name: str) -> object:
    """What `from module import name` gives."""
    loaded = load(batch, work, module)
    full = f"{loaded.__name__}.{name}"
    if _is_own_submodule(work, node, loaded, name):
        return load(batch, work, full)
    space = batch.stage.spaces.get(id(loaded.__dict__))
    value = space.get(name) if space is not None else MISSING
    if value is not MISSING:
        return value
    if space is None or name not in space.stage:
        try:
            return getattr(loaded, name)
        except AttributeError:
            pass
    if hasattr(loaded, "__path__"):
        try:
            return load(batch, work, full)
        except ModuleNotFoundError as error:
            if error.name != full:
                raise
    where = getattr(loaded, "__file__", None)
    raise ImportError(
        f"cannot import name {name!r} from {loaded.__name__!r} ({where or 'unknown location'})",
        name=loaded.__name__,
        path=where,
    )


def own_submodules(batch: Batch, work: Work, block: Node) -> dict[str, object]:
    """Which names the imports within a block give to submodules of the very package, whatever is called so below."""
    found: dict[str, object] = {}
    for _, _, suite in block.branches:
        for node in suite:
            found |= own_submodules(batch, work, node)
            for module, name, alias in node.imported:
                loaded = sys.modules.get(absolute(work.tracked.namespace, module))
                if loaded is not None and _is_own_submodule(work, node, loaded, name):
                    found[alias] = load(batch, work, f"{loaded.__name__}.{name}")
    return found


def _is_own_submodule(work: Work, node: Node, loaded: ModuleType, name: str) -> bool:
    is_own = loaded is work.tracked.module and not node.scopes
    return is_own and _comes_below(work, node, name) and _is_submodule(loaded, f"{loaded.__name__}.{name}")


def _comes_below(work: Work, node: Node, name: str) -> bool:
    """Whether a package imports from itself what only lines below the import bind.

    from . import width as module      # the submodule, for nothing above is called so
    from .width import width           # from here on it is the function
    """
    above = [each for each in work.outline.nodes() if each.line < node.line and not each.scopes]
    return not any(name in each.binds or name == each.name or brings_all(each) for each in above)


def brings_all(node: Node) -> bool:
    """Whether it is `from module import *`."""
    return any(name == "*" for _, name, _ in node.imported)


def _is_submodule(package: ModuleType, name: str) -> bool:
    if not hasattr(package, "__path__"):
        return False
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def star(stage: Stage, loaded: ModuleType, before: Mapping[str, object] | None = None) -> dict[str, object]:
    """What `import *` of a module brings; given what some of its names were before, what it brought then."""
    space = stage.module_space(loaded)
    merged = {**space.live, **space.stage, **(before or {})}
    return {name: merged[name] for name in offered(merged) if merged.get(name, MISSING) is not MISSING}


def offered(names: Mapping[str, object]) -> list[str]:
    """Those of a module's names that `import *` asks for."""
    listed = names.get("__all__")
    if is_a(listed, list, tuple):
        return [str(name) for name in listed]
    return [name for name in names if not name.startswith("_")]


def brought(namespace: Mapping[str, object], node: Node, name: str) -> object:
    """What a line that has not run yet will bind a name to; MISSING where that cannot be told without running it."""
    if node.guards:
        return MISSING
    if node.kind == "assignment":
        value = value_of(node)
        try:
            return MISSING if value is None else ast.literal_eval(value)
        except (ValueError, TypeError):
            return MISSING
    for module, imported, bound in node.imported if node.kind in ("import", "from") else ():
        try:
            loaded = sys.modules.get(absolute(namespace, module))
        except ImportError:
            continue
        if bound == name and loaded is not None:
            if imported in ("", "as"):
                return loaded if imported else sys.modules.get(module.partition(".")[0], MISSING)
            return loaded.__dict__.get(imported, MISSING)
    return MISSING


def _unload(name: str) -> None:
    module = sys.modules.pop(name, None)
    parent, _, last = name.rpartition(".")
    holder = sys.modules.get(parent)
    if holder is not None and module is not None and holder.__dict__.get(last) is module:
        del holder.__dict__[last]
