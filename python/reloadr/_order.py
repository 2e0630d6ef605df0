"""The order of a batch: a module after those it imports, whichever was saved or seen first."""

from __future__ import annotations

import importlib.util
import sys

from reloadr._apply import Work


def in_import_order(works: list[Work]) -> list[Work]:
    """Modules sorted so that what is imported comes first; within cycles, in the order of their import."""
    if len(works) < 2:
        return works
    position = {name: at for at, name in enumerate(list(sys.modules))}
    by_name = {work.tracked.name: work for work in works}
    ordered: list[Work] = []
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        if state.get(name):
            return
        state[name] = 1
        work = by_name[name]
        for needed in sorted(_needs(work) & by_name.keys(), key=lambda each: position.get(each, 0)):
            visit(needed)
        ordered.append(work)

    for name in sorted(by_name, key=lambda each: position.get(each, len(position))):
        visit(name)
    return ordered


def _needs(work: Work) -> set[str]:
    """The modules that a file's imports name."""
    namespace = work.tracked.namespace
    package = namespace.get("__package__")
    found: set[str] = set()
    for module, name, _, _ in work.outline.imported():
        try:
            full = importlib.util.resolve_name(module, package if isinstance(package, str) else None)
        except (ImportError, ValueError):
            continue
        found |= {full, f"{full}.{name}"}
    found.discard(work.tracked.name)
    return found
