"""The order of a batch: a module after those it imports, whichever was saved or seen first."""

from __future__ import annotations

import sys

from reloadr.engine.batch import Work, Works
from reloadr.live.origin import absolute


def in_import_order(works: list[Work]) -> list[Work]:
    """Modules sorted so that what is imported comes first; within cycles, in the order of their import."""
    if len(works) < 2:
        return works
    position = {name: at for at, name in enumerate(list(sys.modules))}
    by_name = {work.tracked.name: work for work in works}
    imports = {name: _imports(work) for name, work in by_name.items()}
    needs = {name: needs_of(work) & by_name.keys() for name, work in by_name.items()}
    # What is not there yet comes with the other module's edits, whichever of the two was imported first.
    lacks = {name: {each for each in needs[name] if _lacks(by_name[each], imports[name])} for name in by_name}
    for name in by_name:
        # A module that takes something from a package above it, which imports the module, came before the rest of it.
        before = {above for above in needs[name] if name.startswith(f"{above}.") and name in _below(above, needs)}
        needs[name] -= (before | {each for each in needs[name] if name in lacks[each]}) - lacks[name]
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


def load_order(works: Works, names: set[str]) -> dict[str, int]:
    """Which of some watched modules has been loaded as a whole before which: their ranks, with those of what they
    import."""
    position = {name: at for at, name in enumerate(list(sys.modules))}
    by_name = works.listed.by_name
    ranks: dict[str, int] = {}
    seen: set[str] = set()
    todo = [(name, False) for name in sorted(names, key=lambda each: -position.get(each, 0))]
    while todo:
        name, through = todo.pop()
        if through:
            ranks[name] = len(ranks)
        elif name not in seen and name in by_name:
            seen.add(name)
            needs = sorted(needs_of(works.of(by_name[name])) - seen, key=lambda each: -position.get(each, 0))
            todo += [(name, True), *((each, False) for each in needs)]
    return ranks


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
    return {full for full, _ in _imports(work)}


def _imports(work: Work) -> set[tuple[str, str]]:
    """The modules that a file's imports name, as it is loaded, each with the name that is taken from it."""
    found: set[tuple[str, str]] = set()
    for module, name in work.outline.imported_at_load():
        found |= set(zip(resolved(work, module, name), (name, ""), strict=False))
    return {(full, name) for full, name in found if full != work.tracked.name}


def resolved(work: Work, module: str, name: str) -> tuple[str, ...]:
    """The full names of the modules that an import may mean: the one that it is from, and what it takes from there."""
    try:
        full = absolute(work.tracked.namespace, module)
    except ImportError:
        return ()
    return full, f"{full}.{name}"


def _lacks(work: Work, imports: set[tuple[str, str]]) -> bool:
    """Whether some of the names that are taken from a module come with its edits."""
    names = {name for full, name in imports if full == work.tracked.name and name not in work.tracked.namespace}
    return bool(names and work.outline.binders(names, ""))
