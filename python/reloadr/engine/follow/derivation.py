"""What following a changed name knows so far, and what all kinds of readers share.

RATE = 0.1                         # edited
NET = 1 - RATE                     # a reader: follows, or is named as stale with what was computed from it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from reloadr._core import Node, reads_later
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes.host import Host
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.runner import run
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.importers import Importers
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.report.caveats import RL206
from reloadr.source.filling import filled
from reloadr.source.statements import links_around


class Walk(Host, Protocol):
    """What is asked of the walk over a module: which branches run, and chains of statements that build something up."""

    @property
    def liveness(self) -> Liveness:
        """Which branches of the module run."""

    def repeat(self, node: Node, scope: str) -> bool:
        """Runs an unchanged assignment again with the chain that it is part of; False where there is none."""


def derivation_of(batch: Batch) -> Derivation:
    """The work list of a batch."""
    assert isinstance(batch.noted.derivation, Derivation)
    return batch.noted.derivation


class Derivation:
    """The work list of one batch. `walk_of` makes the walk over a module: one of its own, for nothing of the edits'
    own walks counts once they are through."""

    def __init__(
        self, batch: Batch, walk_of: Callable[[Work], Walk], repeat_suite: Callable[[Any, Node, set[str]], bool]
    ) -> None:
        self.batch = batch
        #: What called, while modules were loaded, code that this batch changes or that reads what it changes.
        self.calls: list[Call] = []
        #: Those of them that only compute something, by module and in the order of the source: see `called_above`.
        self.computed: dict[str, list[Call]] = {}
        #: Of these, those that had not run in this batch when what they read was given its value, by their keys.
        self.unrun: set[tuple[str, int, str]] = set()
        #: Those that mattered and were followed, by their keys and whether they ask.
        self.followed: set[tuple[tuple[str, int, str], bool]] = set()
        #: Runs a block whole once more; False where that could be noticed.
        self.repeat_suite = repeat_suite
        #: Blocks for which it could: module and line.
        self.unrepeatable: set[tuple[str, int]] = set()
        self.importers = Importers(batch)
        #: Defaults that were computed anew: module, line of the definition, parameter.
        self.defaults: set[tuple[str, int, str]] = set()
        #: The modules in which what depends on what changed is followed, while that is not so for all of them.
        self.within: frozenset[str] | None = None
        #: How many commits there were when members and annotations were put in the order of the source.
        self.ordered = -1
        self._walk_of = walk_of
        self._walks: dict[str, Walk] = {}
        #: The lines of modules that read one of some names and store something.
        self.storing: dict[tuple[str, frozenset[str]], list[Node]] = {}
        #: Functions that their decorators have to see again, by module and line; None once they have.
        self.handed: dict[tuple[str, int], tuple[Work, Node] | None] = {}

    def take(self, calls: list[Call]) -> None:
        """Is told what called what, and what is due by what was stored or registered since."""
        self.calls += calls
        for call in calls:
            if call.holds:
                self.computed.setdefault(call.work.tracked.name, []).append(call)
        for found in self.computed.values():
            found.sort(key=lambda call: call.node.line)

    def walk(self, work: Work) -> Walk:
        """The walk over a module, made once."""
        made = self._walks.get(work.tracked.name)
        if made is None:
            made = self._walks[work.tracked.name] = self._walk_of(work)
        return made

    def means_as_before(self, work: Work, name: str, node: Node) -> bool:
        """Whether a name that is bound more than once, each time anew, means at this line what it did: the
        assignments that changed are others."""
        binders = self.walk(work).liveness.live_binders(name, "")
        if len(binders) < 2 or node.scopes or node.line < binders[0].line:
            return False
        links, _ = links_around(binders, name, node.line)
        return len(links) < len(binders) and not any(self.batch.agenda.has_run(work.tracked, link) for link in links)

    def run_again(self, work: Work, node: Node) -> bool:
        """Runs an unchanged statement once more; False where that needs a restart, which is said."""
        with self.batch.findings.waiting(work.tracked, node.qualname, node.line):
            run(self.batch, work, node)
            return True
        return False

    def stale(self, work: Work, node: Node, name: str, source: str) -> None:
        """Names what keeps a value that was computed from an old one, and what was computed from that in turn."""
        self.batch.findings.reason(RL206(name=name, source=source), work.tracked, name, node.line)
        if "." not in name and self.batch.agenda.is_first("stale", work.tracked.name, name):
            self.stale_readers(work, node, name, name)

    def stale_readers(self, work: Work, node: Node | None, name: str, source: str) -> None:
        """Names what was computed from a name of a module that keeps what it had, by a node; without one, also what was
        computed from it in this batch."""
        for other, reader, _ in list(readers_anywhere(self.batch.works, work.tracked, {name})):
            ran = node is not None and self.batch.agenda.has_run(other.tracked, reader)
            if reader.kind not in ("assignment", "statement") or reader == node or ran or reads_later(reader, {name}):
                continue
            if self.walk(other).liveness(reader) == "live":
                for bound in sorted({*reader.binds, *filled(reader)} - {name}):
                    self.stale(other, reader, f"{reader.qualname}.{bound}".lstrip("."), source)
