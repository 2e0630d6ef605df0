"""Names of which a line went, or came to stand elsewhere, while others bind them still.

They mean what the last of those makes.

    def load(x): ...                   # it is this again: the very function, which the wrapper held
    load = traced(load)                # gone
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.edits import names
from reloadr.engine.edits.running import after_definition, report_run
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import evidence
from reloadr.engine.evaluate.imports import star
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.follow import rebound, values
from reloadr.engine.registrations.places import container
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.origin import absolute
from reloadr.source.filling import fills
from reloadr.source.snippets import quoted
from reloadr.source.statements import below_scope, binders_in, links_around, scope_of, whole_suite
from reloadr.stage.steps import MISSING


def settle(walk: Walk) -> None:
    """Binds anew each name whose last line is another than before, once all edits of the module are carried out."""
    moved = _moved(walk)
    found = sorted({*_of_edits(walk), *_of_order(walk, moved)}, key=lambda each: each[:2])
    for scope, name, line in found:
        before = [line] if line is not None else _lines(walk, scope, name, old=True)
        after = _lines(walk, scope, name, old=False)
        if before and after and _prints(before) != _prints(after, walk):
            _settle(walk, scope, name, before, after)
    for node, name in list(_readers(walk, {name for scope, name, _ in found if not scope}, moved)):
        _follow_reader(walk, node, name)


def _of_edits(walk: Walk) -> Iterator[tuple[str, str, Node | None]]:
    """Names whose lines went or changed; with the line, where the source does not tell what it bound."""
    for edit in walk.work.edits:
        old = edit.old
        if old is None or edit.action == "formatted" or (old.name and edit.action != "removed"):
            continue
        if not walk.work.refused.isdisjoint(edit.numbers):
            # It has to wait, with what it would have bound.
            continue
        bound = [locate.bound_name(old)] if old.name else old.binds
        yield from ((scope_of(old), name, None) for name in bound)
        yield from (("", name, old) for name in starred(walk, old))


def _moved(walk: Walk) -> list[Node]:
    """The lines that came to stand on the other side of others.

    X = 1
    X = 2                              # before: below `Y = X`. No line changed, but Y did
    Y = X
    """
    work = walk.work
    found = [edit.new for edit in work.edits if edit.action == "formatted" and edit.new is not None]
    if work.reordered:
        places = [(first + delta, last + delta) for first, last, delta in work.diff.shifts]
        nodes = work.outline.nodes()
        found += [node for node in nodes if any(first <= node.line <= last for first, last in places)]
    return found


def _of_order(walk: Walk, moved: list[Node]) -> Iterator[tuple[str, str, Node | None]]:
    """Names that such lines bind or fill."""
    for node in moved:
        scope = scope_of(node)
        for name in {*node.binds, *(each for each in node.reads if fills(node, each))}:
            if len(binders_in(walk.work.outline, name, scope)) > 1 or name not in node.binds:
                yield scope, name, None


def _readers(walk: Walk, found: set[str], moved: list[Node]) -> Iterator[tuple[Node, str]]:
    """Who reads names of which lines went, came or moved, or moved itself; names that several lines bind."""
    several = {name for name in found if len(binders_in(walk.work.outline, name, "")) > 1}
    for node in walk.work.outline.readers(several) if several else ():
        yield from ((node, name) for name in several & set(node.reads))
    yield from ((node, name) for node in moved for name in node.reads)


def _follow_reader(walk: Walk, node: Node, name: str) -> None:
    """An assignment above which other lines bind a name than did: computed anew from those, or named.

    x = 1                              # these lines
    FIRST = x
    x = 2                              # change places
    """
    batch, work = walk.batch, walk.work
    if node.kind != "assignment" or node.scopes or name in node.binds or batch.agenda.has_run(walk.tracked, node):
        return
    outlines = (work.outline, walk.tracked.outline)
    if any(len(binders_in(outline, name, "")) < 2 for outline in outlines) or walk.liveness(node) == "dead":
        return
    old = rebound.before_of(work, node)
    if old is None or not any(
        rebound.means_another_below(*each, name) for each in zip(outlines, (node, old), strict=True)
    ):
        # What it means in the end is followed.
        return
    if _prints(rebound.lines_above(work.outline, node, name), walk) == _prints(
        rebound.lines_above(outlines[1], old, name)
    ):
        return
    if not rebound.made_of_lines_above(batch.worlds, batch.findings, walk.liveness, node, name):
        for bound in node.binds:
            values.stale(batch, work, node, bound, name)


def _lines(walk: Walk, scope: str, name: str, *, old: bool) -> list[Node]:
    """The lines from which a name has what it means at the end: the last one that binds it anew, and what goes on from
    that."""
    outline = walk.tracked.outline if old else walk.work.outline
    binders = walk.liveness.live_binders(name, scope, old=old)
    if not binders:
        return []
    links, _ = links_around(binders, name, binders[-1].line)
    if scope or whole_suite(links[0]) is not None:
        return links
    more = [node for node in outline.readers({name}) if node.line > links[0].line and not node.scopes]
    more = [node for node in more if node not in links and whole_suite(node) is None and fills(node, name)]
    return sorted([*links, *more], key=lambda node: node.line)


def _prints(nodes: list[Node], walk: Walk | None = None) -> list[int]:
    """The fingerprints of lines; of lines of the new source as they were written before, where only their layout is
    another."""
    edits = walk.work.edits if walk is not None else ()
    written = {
        edit.new.fingerprint: edit.old.fingerprint
        for edit in edits
        if edit.action == "formatted" and edit.new is not None and edit.old is not None
    }
    return [written.get(node.fingerprint, node.fingerprint) for node in nodes]


def _settle(walk: Walk, scope: str, name: str, before: list[Node], after: list[Node]) -> None:
    batch, tracked, last = walk.batch, walk.tracked, after[-1]
    # A class that was made anew has run all of its body.
    if any(batch.agenda.has_run(tracked, node) for node in (*after, *last.scopes)):
        return
    if any(
        edit.new == last and edit.action != "formatted" and edit.old in (None, before[-1]) for edit in walk.work.edits
    ):
        # What became of that line is decided.
        return
    space = batch.worlds.find_space(walk.work, last)
    if space is None:
        return
    value = space.live.get(name, MISSING)
    if value is MISSING or space.stage.get(name, value) is not value or not _made_by(walk, before[-1], name, value):
        return
    qualname = below_scope(scope, name)
    if last.kind == "statement" and container(value, (), (), None) is None:
        # A method of that name of the user's own: what it registers has been brought into order.
        return
    if last.kind == "statement" and after[0].kind == "assignment":
        # It fills what the first of the lines makes.
        last = after[0]
    if whole_suite(last) is not None or not _bind(walk, last, scope, name, value):
        values.stale(batch, walk.work, last, qualname, quoted(before[-1]))


def _made_by(walk: Walk, old: Node, name: str, value: object) -> bool:
    """Whether a name still means what a line of the old source bound it to, as far as can be told."""
    if old.kind in ("import", "from"):
        return names.is_what_was_imported(walk.batch.stage, walk.work, old, name, value)
    if old.kind == "function" and not old.decorators:
        return evidence.lives(walk.tracked, old, name)
    return True


def _bind(walk: Walk, last: Node, scope: str, name: str, value: object) -> bool:
    """Binds a name to what a line makes; False where making it once more could be noticed."""
    batch, work = walk.batch, walk.work
    if last.kind in ("function", "class"):
        return _definition(walk, last, name, value)
    if last.kind in ("import", "from"):
        report_run(batch.findings, walk.tracked, last, run(batch, work, last))
        return True
    if last.kind != "assignment":
        return False
    if walk.chains.repeat(last, scope):
        return batch.agenda.has_run(walk.tracked, last)
    if not node_is_pure(batch.worlds, work, last):
        return False
    report_run(batch.findings, walk.tracked, last, run(batch, work, last))
    return True


def supply(walk: Walk, new: Node) -> None:
    """Before a line runs that goes on from a name that it binds: the name means what the line above makes.

    def load(x): ...
    load = traced(load)                # edited: what is wrapped is the function, not its old wrapper
    """
    scope = scope_of(new)
    for name in set(new.binds) & set(new.reads):
        above = [node for node in walk.liveness.live_binders(name, scope) if node.line < new.line]
        if not above or above[-1].kind == "assignment" or walk.batch.agenda.has_run(walk.tracked, above[-1]):
            continue
        space = walk.batch.worlds.space_of(walk.work, new)
        value = space.get(name)
        if value is not MISSING:
            _bind(walk, above[-1], scope, name, value)


def _definition(walk: Walk, last: Node, name: str, value: object) -> bool:
    """A function or class: the one that lives, if what the name means leads to it, else one made anew."""
    batch, work, tracked = walk.batch, walk.work, walk.tracked
    space = batch.worlds.space_of(work, last)
    if last.decorators:
        return False
    if last.kind == "class":
        if is_a(value, type) and locate.made_in(value, tracked.name) and value.__name__ == last.name:
            return True
    else:
        codes = [swap.old for swap in batch.swaps if swap.edit.new == last]
        olds = tracked.outline.find(last.qualname)
        codes += [
            code
            for old in olds
            for code in names.codes_in(batch.swaps, work, old)
            if old.fingerprint == last.fingerprint
        ]
        for found in locate.unwrap(value):
            if any(found.function.__code__ is code for code in codes):
                if found.function is not value:
                    batch.stage.set(space, name, found.function)
                    batch.findings.change("update", tracked, last.qualname, last.line, "no longer wrapped")
                return True
    bound = run(batch, work, last)
    after_definition(batch, work, last, bound)
    report_run(batch.findings, tracked, last, bound)
    return True


def starred(walk: Walk, old: Node) -> set[str]:
    """The names that an `import *` that went had brought, and that mean what it brought."""
    found: set[str] = set()
    for module, imported, _ in old.imported:
        try:
            loaded = sys.modules.get(absolute(walk.tracked.namespace, module))
        except ImportError:
            continue
        if imported == "*" and loaded is not None:
            live, before = walk.work.space.live, walk.batch.stage.before.get(id(loaded.__dict__))
            brought = star(walk.batch.stage, loaded, before).items()
            found |= {name for name, value in brought if live.get(name, MISSING) is value}
    return found


__all__ = ["settle", "starred", "supply"]
