"""What the rooms of classes ask of the walk over a module's edits."""

from __future__ import annotations

from typing import Protocol

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.live.module import Tracked


class Host(Protocol):
    """The module whose classes are edited, in its batch."""

    batch: Batch
    work: Work
    tracked: Tracked

    def unbind(self, gone: set[str], old: Node) -> None:
        """Takes names away that no statement of the new source binds any more."""

    def unlearn(self, old: Node) -> None:
        """Forgets the code of a definition that is gone."""


__all__ = ["Host"]
