"""How far control flow came in the suite of a `with`, `for` or `while`: told by what lives. Reads only.

with suppress(ImportError):
    import missing                 # the suite was cut short here
    def dump(x): ...               # never came into being: an edit of it changes nothing that lives
"""

from __future__ import annotations

from reloadr._core import Node, Outline
from reloadr.engine.batch import Work
from reloadr.engine.evaluate import evidence
from reloadr.source.statements import BLOCKS, SUITES, scope_of


class Reach:
    """Which lines of suites were not reached when a module was loaded. Made before anything of a batch is live."""

    def __init__(self, work: Work) -> None:
        self._old, self._new = work.tracked.outline, work.outline
        self._tracked = work.tracked
        #: For a block of the old source: the node of its suite that did not come to its end.
        self._cuts: dict[Node, Node | None] = {}
        #: Blocks of the new source whose suite was cut short, and stays so: the places of those that are dead.
        self._dead: dict[Node, int] = {}
        edited = [(each.old, each.new) for each in work.edits if each.same or each.action != "formatted"]
        for pair in edited:
            for node, outline in zip(pair, (self._old, self._new), strict=True):
                for block, _ in node.guards if node is not None else ():
                    if block.kind in SUITES:
                        self._settle(block, outline, edited)

    def dead(self, node: Node, block: Node, *, old: bool = False) -> bool:
        """Whether a node within a suite stands below the line at which it was cut short."""
        if old:
            cut = self._cuts.get(block)
            return cut is not None and node.line > cut.end_line
        return node.line > self._dead.get(block, node.line)

    def unfinished(self, block: Node) -> list[Node]:
        """What of an old suite did not come to its end: from the line on at which it was cut short."""
        cut = self._cuts.get(block)
        return [] if cut is None else [node for node in leaves(block) if node.line >= cut.line]

    def _settle(self, block: Node, outline: Outline, edited: list[tuple[Node | None, Node | None]]) -> None:
        before = block if outline is self._old else twin(block, self._new, self._old, edited)
        if before is None:
            return
        if before not in self._cuts:
            self._cuts[before] = evidence.cut_at(self._tracked, before)
        cut = self._cuts[before]
        if cut is None or outline is self._old:
            return
        suite = block.branches[0][2]
        same = next((node for node in suite if node.fingerprint == cut.fingerprint and node.kind == cut.kind), None)
        if same is None or _headers(before) != _headers(block):
            return
        above = [(old, new) for old, new in edited if _above(old, before, cut) or _above(new, block, same)]
        if not above:
            # Nothing up to there changed: it is cut short there once more.
            self._dead[block] = same.end_line


def _above(node: Node | None, block: Node, cut: Node) -> bool:
    return node is not None and any(each == block for each, _ in node.guards) and node.line <= cut.end_line


def twin(
    block: Node, here: Outline, there: Outline, edited: list[tuple[Node | None, Node | None]] | None = None
) -> Node | None:
    """The block of another outline that is this one: paired by an edit, or by its header and its place among those with
    the same one."""
    for old, new in edited or ():
        if old is not None and new is not None and block in (old, new) and old.kind == new.kind:
            return new if block == old else old
    alike = [_alike(block, outline) for outline in (here, there)]
    at = next((at for at, node in enumerate(alike[0]) if node == block), None)
    return alike[1][at] if at is not None and at < len(alike[1]) else None


def _alike(block: Node, outline: Outline) -> list[Node]:
    scope = scope_of(block)
    return [
        node
        for node in outline.nodes()
        if node.kind == block.kind and _headers(node) == _headers(block) and scope_of(node) == scope
    ]


def same_headers(old: Node, new: Node) -> bool:
    """Whether two blocks ask the same, branch by branch."""
    return _headers(old) == _headers(new)


def _headers(block: Node) -> list[tuple[str, int]]:
    return [(label, 0 if header is None else header.fingerprint) for label, header, _ in block.branches]


def leaves(block: Node) -> list[Node]:
    """The statements and definitions within a block that are no blocks themselves, in order."""
    found: list[Node] = []
    for _, _, suite in block.branches:
        for node in suite:
            found += leaves(node) if node.kind in BLOCKS else [node]
    return found


__all__ = ["Reach", "leaves", "same_headers", "twin"]
