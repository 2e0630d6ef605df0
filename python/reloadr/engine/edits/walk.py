"""The state of the walk over the edits of one module, which the handlers of the edits share."""

from __future__ import annotations

from collections.abc import Iterable

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.edits import names
from reloadr.engine.edits.chains import Chains
from reloadr.engine.edits.moves import Move
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.live.module import Tracked


class Walk:
    """The edits of one module on their way: what has run of it so far, and what had to wait."""

    def __init__(self, batch: Batch, work: Work, moves: Iterable[Move] = ()) -> None:
        self.batch = batch
        self.work = work
        self.tracked: Tracked = work.tracked
        self.moves = list(moves)
        self.liveness = Liveness(batch.worlds, work)
        #: What several statements build up.
        self.chains = Chains(batch, self.liveness)
        #: Blocks that could not be run: what is new in them has to wait as well.
        self.blocks_refused: set[int] = set()
        #: Names that are there only until an unchanged `del` takes them away, and its line.
        self.supplied: list[tuple[int, str]] = []
        #: Names that a statement left and another seemed to bind, by the statement that left them.
        self._left: list[tuple[set[str], Node]] = []

    def unbind(self, gone: set[str], old: Node, *, moved: bool = False) -> None:
        """Takes names away that no statement of the new source binds any more."""
        left = names.unbind(self.batch, self.liveness, gone, old, moved=moved)
        if left:
            self._left.append((left, old))

    def unbind_left(self) -> None:
        """Asks again for the names that another statement seemed to bind: what its condition reads has come by now.

        from typing import Mapping         # before
        from typing import TYPE_CHECKING   # after: unknown before this line has run
        if TYPE_CHECKING:
            from collections.abc import Mapping
        """
        for left, old in self._left:
            names.unbind(self.batch, self.liveness, left, old)

    def unlearn(self, old: Node) -> None:
        """Forgets the code of a definition that is gone."""
        names.unlearn(self.batch, self.work, old)

    def repeat(self, node: Node, scope: str) -> bool:
        """Runs an unchanged assignment again with the chain that it is part of; False where there is none."""
        return self.chains.repeat(node, scope)
