"""A swap that waits for the line of its definition, or that has to be given up."""

from __future__ import annotations

from reloadr.engine.batch import Swap, Swaps
from reloadr.live.codes import inner_codes
from reloadr.source.edits import Edit
from reloadr.stage.stage import Stage


def release(stage: Stage, swaps: Swaps, edit: Edit) -> None:
    """Prepares the new code of a function whose defaults, annotations and type parameters are evaluated.

    def f(a, b=1): ...   ─▶   def f(a, *, c=g()): ...

    Until the line of the definition is reached, the old function stays whole: what runs above it, and may have
    others' new code committed for that, could not have called the new one in a fresh process either. Code without
    its defaults would fail in every thread that calls it meanwhile.
    """
    swap = swaps.of(edit)
    if swap is not None and swap.held:
        stage.steps += swap.held
        swap.held = []
        stage.pending_codes.add(swap.old, swap.new)
        stage.pend(edit.node)


def revoke(stage: Stage, swaps: Swaps, edit: Edit) -> None:
    """Takes the prepared swap of an edit back that has to wait: its function keeps running the old code."""
    swap = swaps.of(edit)
    if swap is not None and not swap.revoked:
        stage.steps += swap.before
        unlearn(swap)


def unlearn(swap: Swap) -> None:
    """The swap is no more: lines and codes are known as they were before it."""
    if not swap.revoked:
        swap.revoked = True
        swap.held = []
        if swap.edit.old is not None:
            swap.work.tracked.retired.add(swap.edit.old.qualname, [swap.new, *inner_codes(swap.new)])
        if swap.unlearn is not None:
            swap.unlearn()
        swap.work.tracked.exchange(swap.new, swap.old)
