"""What a block builds upon, and what builds upon it: the lines that run with it when it runs once more.

    total = 0                          # above: makes what the loop adds to
    for x in (1, 2, 3):
        total += x                     # edited
    total *= 2                         # below: goes on from what the loop leaves

Run alone the loop would go on from what it made the first time. Where all of these lines only compute, they run in
their order; where one of them does more, none does.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from reloadr._core import Node, Outline
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.cut_short import leaves
from reloadr.engine.evaluate.worlds import ANYTHING, as_built, body_is_pure
from reloadr.source.edits import Edit
from reloadr.source.filling import filled, fills
from reloadr.source.reading import read_before_bound
from reloadr.source.statements import BLOCKS, binders_in, links_around, parse_statements, scope_of, whole_suite

_PLAIN = ("assignment", "import", "from")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Lines below a `break` are judged all the same: they ran before it came.
_LEFT_OUT = (*_DEFINITIONS, ast.Break, ast.Continue)


@dataclass
class Built:
    """A block that may run once more, and what goes with it."""

    above: list[Node]
    below: list[tuple[Node, str]]
    #: All that these lines bind or fill.
    names: set[str]
    #: Lines below that bind one of these names anew, whatever the block leaves.
    bound_below: dict[str, int]
    #: What the edits change, as far as the text tells.
    affected: set[str]
    #: What the old source gives, where that can be computed unseen.
    kept: dict[str, object]


@dataclass
class _Links:
    above: list[Node]
    below: list[tuple[Node, str]]
    names: set[str]
    bound_below: dict[str, int]

    def around(self, block: Node) -> list[Node]:
        return [*self.above, block, *(node for node, _ in self.below)]


def of(walk: Walk, new: Node, old: Node | None, edits: list[Edit]) -> Built | None:
    """The lines that run with a block whose lines changed; None where one that is as it was might do more than compute.

    NAMES = []                         # runs too, or each name would be in the list twice
    for name in ("a", "b", "c"):       # `"c"` is new
        NAMES.append(name)
    """
    gone = {*old.binds, *filled(old)} - {*new.binds, *filled(new)} if old is not None else set[str]()
    links = _links(walk, walk.work.outline, new, gone, old=False)
    if links is None:
        return None
    headed = any(edit.new == new for edit in edits)
    for blank, block in (([], None), (_fresh(walk, new, old, edits), new if headed else None)):
        body = _body(links.around(new), blank, block)
        if body is not None and body_is_pure(walk.batch.worlds, walk.work, new, body):
            break
    else:
        return None
    kept: dict[str, object] = {}
    before = _links(walk, walk.tracked.outline, old, set(), old=True) if old is not None else None
    if old is not None and before is not None:
        made = as_built(walk.batch.worlds, walk.work, before.around(old)) or {}
        kept = {name: value for name, value in made.items() if name in before.names}
    affected = changed_by(new, edits) | gone
    return Built(links.above, links.below, links.names, links.bound_below, affected, kept)


def _fresh(walk: Walk, new: Node, old: Node | None, edits: list[Edit]) -> list[int]:
    """The lines of a block that did not run as they are: new and changed ones, and those that were not reached."""
    found: list[int] = []
    for edit in edits:
        if edit.new is not None and edit.new.kind in BLOCKS:
            before = {node.fingerprint for node in leaves(edit.old)} if edit.old is not None else set[int]()
            found += [node.line for node in leaves(edit.new) if node.fingerprint not in before]
        elif edit.new is not None:
            found.append(edit.new.line)
    if old is not None:
        unfinished = {node.fingerprint for node in walk.liveness.unfinished(old)}
        found += [node.line for node in leaves(new) if node.fingerprint in unfinished]
    return found


def changed_by(block: Node, edits: list[Edit]) -> set[str]:
    """The names that a block binds or fills and whose values its edits may change."""
    nodes = [node for edit in edits for node in (edit.old, edit.new) if node is not None]
    every = {*block.binds, *filled(block), *(name for node in nodes for name in (*node.binds, *filled(node)))}
    if any(node == block or _turns(node) for node in nodes):
        return every
    if not are_plain(edits):
        # What the header gives stays what it was.
        return every - _given(block)
    return follow(block, {name for node in nodes for name in (*node.binds, *filled(node))})


def _turns(node: Node) -> bool:
    """Whether a line has others run more or less often."""
    return node.kind in BLOCKS or node.source in ("break", "continue") or node.source.startswith(("raise", "assert"))


def are_plain(edits: list[Edit]) -> bool:
    """Whether edits are of lines alone that bind names, or fill what names mean."""
    nodes = [node for edit in edits for node in (edit.old, edit.new) if node is not None]
    return all((node.kind in _PLAIN and node.binds) or (node.kind not in BLOCKS and filled(node)) for node in nodes)


def follow(block: Node, names: set[str]) -> set[str]:
    """The names that a block binds or fills and that come of these names in it, themselves included: all of them where
    nothing in it reads one as it is written, as of a place (`D["k"]`), or of what a definition says of itself."""
    every = {*block.binds, *filled(block), *names}
    blocks, lines = _blocks(block), leaves(block)
    found = names if any(not names.isdisjoint(node.reads) for node in (*lines, *blocks)) else every
    while True:
        more = {name for node in lines if not found.isdisjoint(node.reads) for name in (*node.binds, *filled(node))}
        # What a header reads tells how often the lines below it run, if at all.
        more |= {name for node in blocks if not found.isdisjoint(node.reads) for name in (*node.binds, *filled(node))}
        if more <= found:
            return found & every
        found = found | more


def _blocks(block: Node) -> list[Node]:
    found = [block]
    for _, _, suite in block.branches:
        for node in suite:
            if node.kind in BLOCKS:
                found += _blocks(node)
    return found


def _links(walk: Walk, outline: Outline, block: Node, gone: set[str], *, old: bool) -> _Links | None:
    """The lines that build up, with a block, what it binds and fills, or did before; None where they cannot be told."""
    gone = {name for name in gone if binders_in(outline, name, scope_of(block))}
    found = _Links([], [], {*block.binds, *filled(block), *gone}, {})
    early = read_before_bound(block.segment)
    carried, todo = gone | _carried(walk, outline, block, old=old), sorted(found.names)
    todo += sorted(carried - found.names)
    above: dict[tuple[int, str], Node] = {}
    done = set[str]()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        around = _of_one(walk, outline, block, name, old=old)
        if around is None:
            return None
        lines, anew = around
        if anew is not None:
            found.bound_below[name] = anew.line
        found.below += [(node, name) for node in lines if node.line > block.end_line]
        lines = [node for node in lines if node.line < block.line]
        if name in block.binds and name in early and not lines:
            return None
        for node in lines if name in carried else ():
            if node.kind not in ("assignment", "statement", *BLOCKS):
                return None
            above[node.line, node.source] = node
            more = _carried(walk, outline, node, old=old)
            found.names |= {*node.binds, *filled(node)}
            carried |= more
            todo += sorted({*node.binds, *filled(node), *more} - done)
    found.above = sorted(above.values(), key=lambda node: node.line)
    found.below.sort(key=lambda each: each[0].line)
    return found


def _carried(walk: Walk, outline: Outline, node: Node, *, old: bool) -> set[str]:
    """The names with which a node goes on from what they mean above it, or that mean something else at the end."""
    early = read_before_bound(node.segment)
    changed = {*node.binds, *filled(node)}
    late = {name for name in early if _rebound_below(walk, outline, node, name, old=old)}
    unsure = set(node.binds) - _surely_bound(node) - _given(node)
    return (early & changed) | unsure | late


def _given(block: Node) -> set[str]:
    """The names that the header of a block binds."""
    return set(block.binds) - {name for _, _, suite in block.branches for node in suite for name in node.binds}


def _rebound_below(walk: Walk, outline: Outline, node: Node, name: str, *, old: bool) -> bool:
    """Whether a name that a node reads is assigned above it, and means something else at the end."""
    binders = binders_in(outline, name, scope_of(node))
    lines = [each.line for each in binders if each != node and walk.liveness(each, old=old) != "dead"]
    return any(line < node.line for line in lines) and any(line > node.end_line for line in lines)


def _surely_bound(block: Node) -> set[str]:
    """The names that a statement binds whenever it runs: a `with` that lets nothing pass does, a loop need not."""
    if block.kind not in BLOCKS:
        return set(block.binds)
    if block.kind != "with" or "suppress" in block.source.partition("\n")[0]:
        return set()
    found = _given(block)
    for node in block.branches[0][2]:
        if node.kind in BLOCKS and ("break" in node.source or "continue" in node.source):
            break
        found |= _surely_bound(node)
    return found


def _of_one(
    walk: Walk, outline: Outline, block: Node, name: str, *, old: bool
) -> tuple[list[Node], Node | None] | None:
    """The lines around a block that build up what a name means there, and the next one that binds it anew; None where
    two blocks take turns at it."""
    binders = binders_in(outline, name, scope_of(block))
    binders = [node for node in binders if walk.liveness(node, old=old) != "dead"]
    outside = [node for node in binders if whole_suite(node) != block]
    if name not in _given(block):
        suites = [suite for node in outside if (suite := whole_suite(node)) is not None]
        if any(name not in _given(suite) for suite in suites):
            return None
    links, anew = links_around(outside, name, block.line)
    if links and links[0].line > block.line:
        # Nothing above binds it.
        links, anew = (
            [node for node in links if name in node.reads],
            next((node for node in outside if name not in node.reads), None),
        )
    first = links[0].line if links else block.line
    lines: dict[tuple[int, str], Node] = {}
    for node in [*links, *outline.readers({name})]:
        whole = whole_suite(node) or node
        if scope_of(whole) != scope_of(block) or whole == block or whole.line < first:
            continue
        if anew is not None and whole.line >= anew.line:
            continue
        if (node in links or fills(whole, name)) and walk.liveness(whole, old=old) == "live":
            lines[whole.line, whole.source] = whole
    return sorted(lines.values(), key=lambda node: node.line), anew if anew and anew.line > block.end_line else None


def _body(nodes: list[Node], blank: list[int], headed: Node | None) -> list[ast.stmt] | None:
    """The statements of some nodes without those that start on some lines, without definitions and without the header
    of one of the blocks."""
    body: list[ast.stmt] = []
    for node in nodes:
        tree = parse_statements(node.segment)
        if tree is None:
            return None
        without = _Without({line - node.line + 1 for line in blank if node.line <= line <= node.end_line})
        body += [_beheaded(each) for each in without.visit(tree).body] if node is headed else without.visit(tree).body
        if any(without.starts.count(line) > 1 for line in without.lines):
            # More than one statement on the line.
            return None
    return body


def _beheaded(block: ast.stmt) -> ast.stmt:
    """A block whose header may do and give anything: that is to run, as a changed statement is."""
    targets: list[ast.expr] = []
    if isinstance(block, ast.With):
        targets = [item.optional_vars for item in block.items if item.optional_vars is not None]
    elif isinstance(block, ast.For):
        targets = [block.target]
    elif not isinstance(block, ast.While):
        return block
    anything = ast.Name(ANYTHING, ast.Load())
    assigned: list[ast.stmt] = [ast.Assign([target], anything) for target in targets]
    orelse = [] if isinstance(block, ast.With) else block.orelse
    return ast.fix_missing_locations(
        ast.copy_location(ast.While(ast.Constant(value=True), [*assigned, *block.body], orelse), block)
    )


class _Without(ast.NodeTransformer):
    """Leaves statements out: some, by their lines, and all definitions."""

    def __init__(self, lines: set[int]) -> None:
        self.lines = lines
        #: Where each statement starts, that of definitions left out.
        self.starts: list[int] = []

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.stmt) and not isinstance(node, _DEFINITIONS):
            self.starts.append(node.lineno)
        if isinstance(node, ast.stmt) and (node.lineno in self.lines or isinstance(node, _LEFT_OUT)):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)


__all__ = ["Built", "are_plain", "changed_by", "follow", "of"]
