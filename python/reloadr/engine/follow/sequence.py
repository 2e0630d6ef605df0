"""What ran before what, as modules were loaded: a line that stores in a place of another module is not seen by
what that module computed itself.

import n                           # `n` is loaded as a whole: its `TOTAL = RATE * 2` has read its own `RATE`
n.RATE = 3                         # seen by what reads `n.RATE` from here on
"""

from __future__ import annotations

from itertools import accumulate

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.engine.evaluate.worlds import shifted
from reloadr.engine.follow.readers import watched
from reloadr.engine.order import needs_of, resolved


def may_see(works: Works, other: Work, reader: Node, work: Work, node: Node) -> bool:
    """Whether a reader may run after a statement in a fresh process."""
    if other.tracked is work.tracked:
        return stands_below(work, reader, node)
    return not loaded_before(works, other, work, node)


def stands_below(work: Work, reader: Node, node: Node) -> bool:
    """Whether a statement is another one that stands below a node of the old or new source: those above do not see
    what it stores."""
    if (reader.line, reader.source) == (node.line, node.source):
        return False
    if node.scopes != reader.scopes:
        return True
    moved = shifted(work, reader.line)
    # Where lines went, what stands below has the number of what went.
    return max(reader.line, reader.line - moved) >= node.line


def loaded_before(works: Works, other: Work, work: Work, node: Node) -> bool:
    """Whether a module is loaded as a whole before a line of another one runs, which imports it further up."""
    name, own = other.tracked.name, work.tracked.name
    return name in _needed(works, _above(work, node)) and own not in _needed(works, needs_of(other))


def loaded_below(works: Works, work: Work, node: Node) -> set[str]:
    """The watched modules that a module loads by an import below a line, unless another had loaded them before."""
    return _needed(works, needs_of(work)) - _needed(works, _above(work, node))


def all_before(works: Works, work: Work) -> set[str]:
    """The watched modules that are loaded as a whole before a module, which imports them."""
    importers: dict[str, list[str]] = {}
    needed = _needed(works, needs_of(work))
    for name in needed:
        for each in needs_of(works.of(works.listed.by_name[name])):
            importers.setdefault(each, []).append(name)
    # Those that come to it in turn are in a circle with it.
    circle, todo = set[str](), [work.tracked.name]
    while todo:
        name = todo.pop()
        if name not in circle:
            circle.add(name)
            todo += importers.get(name, ())
    return needed - circle


def changed_places(work: Work) -> list[tuple[Node, int]]:
    """The lines of a module that stand on the other side of others than they did, each with where it was."""
    edited = {each.new.line: each.old.line for each in work.edits if each.old is not None and each.new is not None}
    added = {each.new.line for each in work.edits if each.old is None and each.new is not None}
    nodes = [each for each in work.outline.roots() if each.line not in added]
    lines = [edited.get(each.line, each.line - shifted(work, each.line)) for each in nodes]
    highest = list(accumulate(lines, max))
    lowest = list(accumulate(reversed(lines), min))[::-1]
    places = zip(nodes, lines, highest, lowest, strict=True)
    return [(node, line) for node, line, above, below in places if above > line or below < line]


def _above(work: Work, node: Node) -> set[str]:
    """The modules that one imports above a line, in the old source as in the new one."""
    below = {
        full
        for outline in (work.outline, work.tracked.outline)
        for source, name, _, line in outline.imported()
        if line > node.line
        for full in resolved(work, source, name)
    }
    return needs_of(work) - below


def _needed(works: Works, names: set[str]) -> set[str]:
    """Of some modules and those that they import as they are loaded, directly or through others, the watched ones."""
    found: set[str] = set()
    todo = [names]
    while todo:
        for name in todo.pop() - found:
            tracked = watched(works, name)
            if tracked is not None:
                found.add(name)
                todo.append(needs_of(works.of(tracked)))
    return found


__all__ = ["all_before", "changed_places", "loaded_before", "loaded_below", "may_see", "stands_below"]
