"""The order of a batch: a module after those it imports, whichever was saved or seen first."""

from __future__ import annotations

import importlib.util
import sys

from reloadr.engine.batch import Work


def in_import_order(works: list[Work]) -> list[Work]:
    """Modules sorted so that what is imported comes first; within cycles, in the order of their import."""
    if len(works) < 2:
        return works
    position = {name: at for at, name in enumerate(list(sys.modules))}
    by_name = {work.tracked.name: work for work in works}
    needs = {name: needs_of(work) & by_name.keys() for name, work in by_name.items()}
    for name in by_name:
        # A module that takes something from a package above it, which imports the module, came before the rest of it.
        needs[name] -= {above for above in needs[name] if name.startswith(f"{above}.") and name in _below(above, needs)}
    ordered: list[Work] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for needed in sorted(needs[name], key=lambda each: position.get(each, 0)):
            visit(needed)
        ordered.append(by_name[name])

    for name in sorted(by_name, key=lambda each: position.get(each, len(position))):
        visit(name)
    return ordered


def _below(name: str, needs: dict[str, set[str]]) -> set[str]:
    """What a module imports, directly or through others."""
    found: set[str] = set()
    todo = [name]
    while todo:
        fresh = needs[todo.pop()] - found
        found |= fresh
        todo += fresh
    return found


def needs_of(work: Work) -> set[str]:
    """The modules that a file's imports name, as it is loaded."""
    namespace = work.tracked.namespace
    package = namespace.get("__package__")
    found: set[str] = set()
    for module, name in work.outline.imported_at_load():
        try:
            full = importlib.util.resolve_name(module, package if isinstance(package, str) else None)
        except (ImportError, ValueError):
            continue
        found |= {full, f"{full}.{name}"}
    found.discard(work.tracked.name)
    return found
