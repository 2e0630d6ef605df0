"""What several statements build up: `X = [...]`, then `X += ...`, `X.append(...)`, `X[key] = ...`, also in loops.

When one of the assignments changes, the name means a new object, and the statements below that fill it run once more
where they stand, as they would in a fresh process. That holds for what nobody else can notice: an object that is made
there and then (`judge/purity`), filled with what has no effects to compute.
"""

from __future__ import annotations

from collections.abc import Sized
from functools import partial

from reloadr._core import Node, Outline, facts
from reloadr.engine.agenda import Task
from reloadr.engine.batch import Batch
from reloadr.engine.edits.running import report_run
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import built_up, node_is_pure, statements_are_pure
from reloadr.engine.follow import values
from reloadr.engine.follow.places import is_container
from reloadr.engine.follow.readers import imports_of, watched
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL206
from reloadr.source.filling import fills, root_of
from reloadr.source.snippets import quoted
from reloadr.source.statements import below_scope, links_around, scope_of
from reloadr.source.stores import stores
from reloadr.stage.spaces import Space
from reloadr.stage.steps import MISSING

_LOOPS = ("for", "while")


def _whole(node: Node) -> Node | None:
    """The statement that runs as one: the outermost loop around a node; None where running it alone would be wrong."""
    for block, _ in node.guards:
        if block.kind in _LOOPS:
            return block
        if block.kind != "if":
            return None
    return node


class Chains:
    """The chains of one module in one batch."""

    def __init__(self, batch: Batch, liveness: Liveness) -> None:
        self._batch = batch
        self._liveness = liveness
        self._work = liveness.work
        #: Those that run again: scope, name, and line of the first link.
        self.running: set[tuple[str, str, int]] = set()

    def prepare(self, new: Node, scope: str) -> bool | None:
        """Before an assignment runs: runs the links above it and makes those below it due.

        None where there is no chain; False where a link may not run again, which is named: then the assignment must
        not run either.
        """
        if len(new.binds) != 1:
            return None
        name = new.binds[0]
        batch, work = self._batch, self._work
        binders = self._liveness.live_binders(name, scope)
        if any(node.kind != "assignment" for node in binders):
            return None
        links, below = self._links(self._work.outline, binders, new, scope)
        key = (scope, name, links[0].line)
        if key in self.running or (len(links) == 1 and below is None):
            return None
        edited = {(e.new.line, e.new.source) for e in work.edits if e.new is not None and e.action != "formatted"}
        kept = self._kept(links, new, scope, edited)
        if kept is None:
            return False
        if len(kept) == 1 and below is None:
            return None
        self.running.add(key)
        space = batch.worlds.space_of(work, new)
        value = space.get(name)
        at = next((at for at, node in enumerate(kept) if node == new), 0)
        for node in kept[:at]:
            self._run(node, scope, name)
        for node in kept[at + 1 :]:
            if (node.line, node.source) not in edited:
                self._add(node, scope, name)
        if below is not None:
            self.put_back((new.line, below.line), space, name, value)
        return True

    def _kept(self, links: list[Node], new: Node, scope: str, edited: set[tuple[int, str]]) -> list[Node] | None:
        """The links that run; None where one of the assignments may not run again, which is named."""
        batch, work, name = self._batch, self._work, new.binds[0]
        kept: list[Node] = []
        for node in links:
            if node == new or (node.line, node.source) in edited:
                pass
            elif node.kind == "assignment" and node.binds:
                if not node_is_pure(batch.worlds, work, node):
                    qualname = below_scope(scope, name)
                    batch.findings.reason(RL206(name=quoted(node), source=name), work.tracked, qualname, node.line)
                    return None
            elif not statements_are_pure(batch.worlds, work, [*kept, node]):
                # Named when what reads the name is followed up.
                continue
            kept.append(node)
        return kept

    def repeat(self, node: Node, scope: str) -> bool:
        """Runs an unchanged assignment again with the chain that it is part of; False where there is none."""
        with self._batch.agenda.at_once(self._work.tracked):
            prepared = self.prepare(node, scope)
            if prepared:
                self._run(node, scope, node.binds[0])
        return prepared is not None

    def _links(self, outline: Outline, binders: list[Node], at: Node, scope: str) -> tuple[list[Node], Node | None]:
        """The statements of the old or new source that build up what a name means at an assignment, and the next
        assignment that begins anew."""
        name, old = at.binds[0], outline is not self._work.outline
        links, below = links_around(binders, name, at.line)
        if _whole(links[0]) is not links[0]:
            return links, below
        found = {(node.line, node.source): node for node in links if _whole(node) is node or node == at}
        for node in [*links, *outline.readers({name})]:
            whole = _whole(node)
            if (
                whole is None
                or (whole.line, whole.source) in found
                or scope_of(whole) != scope
                or whole.line < links[0].end_line
            ):
                continue
            if below is not None and whole.line >= below.line:
                continue
            if fills(whole, name) and self._liveness(node, old=old) == "live":
                found[whole.line, whole.source] = whole
        return sorted(found.values(), key=lambda node: node.line), below

    def fill(self, node: Node, scope: str, name: str) -> None:
        """Makes an unchanged statement due that goes on from what a name means above it."""
        if not self._batch.agenda.has_run(self._work.tracked, node):
            self._add(node, scope, name)

    def put_back(self, lines: tuple[int, int], space: Space, name: str, value: object) -> None:
        """Has a later, unchanged assignment of a name keep what it gave; what reads the name in between is followed.

        X = [1]                        # edited: runs
        SIZE = len(X)                  # reads the new list
        X = load()                     # unchanged, and not run again: X is what this line gave
        """
        first, last = lines
        batch, work = self._batch, self._work

        def do() -> None:
            values.between(batch, work, name, first, last)
            batch.stage.set(space, name, value)

        batch.agenda.add(work.tracked, Task(last, (first, id(space), name), do, first=True))

    def _add(self, node: Node, scope: str, name: str) -> None:
        task = Task(node.line, (scope, name), partial(self._run, node, scope, name), node=node)
        self._batch.agenda.add(self._work.tracked, task)

    def _run(self, node: Node, scope: str, name: str) -> None:
        """Runs a link. What a loop binds besides stays what it is where lines below bind it as well."""
        batch, work = self._batch, self._work
        others = [other for other in node.binds if other != name]
        space = batch.worlds.space_of(work, node)
        before = {other: space.get(other) for other in others}
        bound: dict[str, object] | None = None
        with batch.findings.waiting(work.tracked, node.qualname, node.line):
            bound = run(batch, work, node)
        if bound is None:
            return
        for other in others:
            last = self._liveness.live_binders(other, scope)[-1:]
            if last and last[0].line > node.end_line and other in bound:
                batch.stage.set(space, other, before[other])
                del bound[other]
        report_run(batch.findings, work.tracked, node, bound)

    def put_in_since(self, old: Node) -> int:
        """How many items a list, dict or set holds, or lost, that the lines that build it up did not put there."""
        scope = scope_of(old)
        batch, work = self._batch, self._work
        if len(old.binds) != 1:
            return 0
        name = old.binds[0]
        held = batch.worlds.space_of(work, old, old=True).live.get(name)
        if not is_container(held):
            return 0
        outline = work.tracked.outline
        binders = self._liveness.live_binders(name, scope, old=True)
        if old not in binders:
            return 0
        links, below = self._links(outline, binders, old, scope)
        if below is not None:
            # What is held came of lines below.
            return 0
        made = built_up(batch.worlds, work, links, name)
        if type(made) is not type(held):
            return 0
        # What the source reads by name may mean something else by now: only a literal tells what its items were.
        literal = not any(hasattr(work.tracked.module, each) for node in links for each in {*node.reads} - {name})
        if is_a(held, dict) and is_a(made, dict):
            changed = [key for key in held if key not in made or (literal and not same_value(made[key], held[key]))]
            return len(changed) + sum(key not in held for key in made)
        assert isinstance(held, Sized) and isinstance(made, Sized)
        if len(held) == len(made) and (not literal or same_value(held, made)):
            return 0
        return max(1, abs(len(held) - len(made)))

    def built_anew(self, old: Node) -> bool:
        """Whether all that a statement that is gone had filled means another object now."""
        # A block reads what its header does.
        reads = {*old.reads, *facts(old).fills} if old.branches else old.reads
        names = {name.partition(".")[0] for name in reads}
        stored = {root_of(each.owner) for each in stores(old)}
        filled = {name for name in names if name in stored or fills(old, name)}
        return bool(filled) and self.gone(filled) == filled

    def gone(self, names: set[str]) -> set[str]:
        """Of some names of the module, those that mean another object now, or nothing: what lines did to the earlier
        one went with it."""
        batch, space = self._batch, self._work.space
        before = batch.stage.before.get(id(space.owner), {})
        earlier, now = self._work.tracked.outline, self._work.outline
        # What was imported lives on where it is from, also where no import says its name (`import *`).
        theirs = {bound for _, _, bound, _ in earlier.imported()}
        goes = {name for name in names if earlier.binders({name}, "") and not now.binders({name}, "")} - theirs
        changed = {name for name in names if name in before and space.get(name) is not before[name]}
        unbound = {name for name in changed if space.get(name) is MISSING}
        changed -= {name for name in unbound if name in theirs or not earlier.binders({name}, "")}
        changed |= {name for name in names - theirs if self._gone_from_star(name)}
        return changed | goes

    def _gone_from_star(self, name: str) -> bool:
        """Whether a module, all of whose names are imported by `*`, had a name that it has no more."""
        stage, works = self._batch.stage, self._batch.works
        for full, imported, _, _ in imports_of(self._work):
            other = watched(works, full) if imported == "*" else None
            if other is not None and stage.before.get(id(other.namespace), {}).get(name, MISSING) is not MISSING:
                return stage.module_space(other.module).get(name) is MISSING
        return False
