"""What a batch made live, so that it can be taken back, the newest first."""

from __future__ import annotations

from collections.abc import Callable

from reloadr._core import commit
from reloadr.stage import forced, type_caches
from reloadr.stage.orders import Orders
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING, Step


class CommitFailed(Exception):
    """The interpreter refused a step of a commit; nothing of that commit is live."""


class Journal:
    """The commits of one batch, and what else has to be undone or done with them."""

    def __init__(self) -> None:
        #: What takes each commit back, oldest first.
        self.commits: list[list[Step]] = []
        #: Bookkeeping of ours to take back, and calls to make once everything is committed.
        self.on_undo: list[Callable[[], object]] = []
        self.afterwards: list[Callable[[], object]] = []
        #: What empties caches, once everything is committed and when it is taken back.
        self.caches: list[Callable[[], object]] = []
        self._orders = Orders()

    def commit(self, stage: Stage) -> None:
        """Makes live what a stage has prepared, in one step. Raises CommitFailed."""
        steps = stage.take()
        if not steps:
            return
        try:
            back = self._carried_out(steps)
        except Exception as error:
            # The interpreter refused a step (a layout, an order of bases); `commit` took back the rest.
            raise CommitFailed(str(error)) from error
        self.commits.append(back)
        if forced.FORCED:
            forced.again(self.commits, steps)
        type_caches.forget(steps, back)

    def carry_out(self, steps: list[Step]) -> None:
        """Makes live what cannot wait for the stage."""
        self.commits.append(self._carried_out(steps))

    def _carried_out(self, steps: list[Step]) -> list[Step]:
        self._orders.note(steps)
        return commit(steps, MISSING)

    def back_to(self, point: int) -> None:
        """Takes back what was committed since there were `point` commits."""
        for steps in reversed(self.commits[point:]):
            type_caches.forget(steps, commit(steps, MISSING))
        del self.commits[point:]

    def take_back(self) -> None:
        """Undoes everything."""
        self.back_to(0)
        for undo in reversed(self.on_undo):
            undo()
        self._orders.put_back()
        self.on_undo.clear()
        self.afterwards.clear()

    def finish(self) -> None:
        """All is committed: empties the caches of what is another now, and later those of what it has been; makes the
        calls that had to wait.
        """
        for clear in self.caches:
            clear()
        self.on_undo += self.caches
        self.caches = []
        for call in self.afterwards:
            call()
        # They know the batch.
        self.afterwards.clear()

    def close(self) -> None:
        """Lets go of what `take_back` needs: it will not be called any more."""
        self.commits.clear()
        self.on_undo.clear()
        self._orders.close()
