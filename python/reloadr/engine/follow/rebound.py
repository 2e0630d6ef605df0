"""Lines between two that bind the same name: what they read is what the lines above them make of it.

x = 1                              # edited, or its place taken by another
FIRST = x                          # made anew from this line, though `x` is 2 in the end
x = 2
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node, Outline
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.worlds import as_built
from reloadr.judge.same import COMMON, indistinguishable, same_value
from reloadr.live.kinds import is_a
from reloadr.report.findings import Findings
from reloadr.source.statements import binders_in, links_around, whole_suite
from reloadr.stage.steps import MISSING

__all__ = ["before_of", "lines_above", "made_of_lines_above", "means_another_below"]


def lines_above(outline: Outline, node: Node, name: str) -> list[Node]:
    """The lines that make of a name what it means at a statement of a module."""
    links, _ = links_around(binders_in(outline, name, ""), name, node.line)
    return [link for link in links if link.line < node.line]


def means_another_below(outline: Outline, node: Node, name: str) -> bool:
    """Whether a line below a statement of a module binds a name anew, or takes it away."""
    binders = binders_in(outline, name, "")
    if links_around(binders, name, node.line)[1] is not None:
        return True
    return any(each.line > node.line and each.source.startswith("del ") for each in binders)


def before_of(work: Work, node: Node) -> Node | None:
    """An unchanged statement of a module in the old source; None where it is not the only one of its kind."""
    nodes = work.tracked.outline.nodes()
    twins = [each for each in nodes if each.fingerprint == node.fingerprint and not each.scopes]
    return twins[0] if len(twins) == 1 else None


def made_of_lines_above(worlds: Worlds, findings: Findings, liveness: Liveness, node: Node, source: str) -> bool:
    """Computes an assignment from the lines above that bind what it reads, where several lines bind that; False where
    none do, where it could be noticed, or where its value is not what those lines gave."""
    work, space = liveness.work, liveness.work.space
    if node.scopes or node.kind != "assignment" or set(node.binds) & set(node.reads):
        return False
    several = [each for name in node.reads if len(each := binders_in(work.outline, name, "")) > 1]
    if not several or any(line.guards for each in several for line in each):
        # In a block, which decides by itself.
        return False
    old = before_of(work, node)
    before = None if old is None else _made(worlds, liveness, old, old=True)
    after = None if before is None else _made(worlds, liveness, node, old=False)
    if before is None or after is None:
        return False
    was = worlds.stage.before.get(id(space.owner), {})
    if not all(same_value(before.get(name), was.get(name, space.live.get(name, MISSING))) for name in node.binds):
        return False
    if not all(is_a(after.get(name, MISSING), *COMMON) for name in node.binds):
        # Of objects there is one each, and who holds it is another question.
        return False
    for name in node.binds:
        if not indistinguishable(space.get(name), after[name]):
            worlds.stage.set(space, name, after[name])
            findings.change("recompute", work.tracked, name, node.line, f"from {source}")
    return True


def _made(worlds: Worlds, liveness: Liveness, node: Node, *, old: bool) -> dict[str, object] | None:
    outline = liveness.tracked.outline if old else liveness.work.outline
    lines = {line.line: line for line in _needed(outline, node)}
    if not lines or any(whole_suite(line) is not None or liveness(line, old=old) != "live" for line in lines.values()):
        return None
    nodes = [lines[at] for at in sorted(lines)]
    if any(line.kind != "assignment" for line in nodes):
        return None
    return as_built(worlds, liveness.work, [*nodes, node], old=old)


def _needed(outline: Outline, node: Node) -> Iterator[Node]:
    """The lines that bind what a statement reads, of names that several lines bind."""
    for name in set(node.reads):
        if len(binders_in(outline, name, "")) > 1:
            for link in lines_above(outline, node, name):
                yield link
                yield from _needed(outline, link) if name not in link.reads else ()
