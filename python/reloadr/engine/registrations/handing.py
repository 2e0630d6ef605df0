"""Definitions that come and go, where their decorators or bases register them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.registrations.hand_on import decorate
from reloadr.engine.registrations.known import asks_about, may_register
from reloadr.engine.registrations.lines import Lines
from reloadr.engine.registrations.measuring import measure
from reloadr.engine.registrations.reach import Reach
from reloadr.engine.registrations.recording import Recording
from reloadr.engine.registrations.roots import decorator_roots, found_in, roots_of, say
from reloadr.engine.registrations.settling import Settling
from reloadr.engine.registrations.taking import stays, take_out
from reloadr.engine.registrations.ties import Tokens
from reloadr.live import locate
from reloadr.report.findings import NeedsRestart
from reloadr.stage.steps import MISSING


def settling_of(batch: Batch, work: Work, node: Node, roots: Mapping[str, object]) -> Settling:
    """What can be written to from some roots, as it is now, for a definition at its line."""
    recording = Recording(Reach(roots.items()))
    return Settling(recording, Tokens(), Lines(batch, work, recording.reach.spine), node.line)


def registering(
    batch: Batch, work: Work, node: Node, run: Callable[[], dict[str, object]], *, again: bool = False
) -> dict[str, object]:
    """Runs a definition whose decorators or bases may register it: what it is registered as stands where the source
    has it. What it wrote is taken back where it raises."""
    roots = decorator_roots(batch, work, node) if may_register(node) else {}
    roots |= roots_of(batch, work, node, [name for _, part in node.bases for name in part.reads])
    if not roots:
        return run()
    settling = settling_of(batch, work, node, roots)
    say(settling.tokens, None, node)
    if again:
        settling.tokens.thing(*found_in(batch.space_of(work, node).live.get(locate.bound_name(node), MISSING)))
    try:
        bound = run()
    except BaseException:
        settling.recording.restore()
        raise
    settling.tokens.thing(*(each for value in bound.values() for each in found_in(value)))
    settling.settle(again=again)
    settling.journal(batch)
    return bound


def removed(batch: Batch, work: Work, old: Node) -> list[str] | None:
    """A decorated definition that went is taken out of what its decorators can write to. Where it stays, as reports
    call it; None where it is not known whether they registered it."""
    try:
        space = batch.space_of(work, old, old=True)
    except NeedsRestart:
        return None
    settling = settling_of(batch, work, old, decorator_roots(batch, work, old, old=True))
    say(settling.tokens, old, None)
    settling.tokens.thing(*found_in(space.live.get(locate.bound_name(old), MISSING)))
    living = _function(space.live.get(locate.bound_name(old)), old)
    measured = living is not None and measure(settling, partial(decorate, batch, work, old, living))
    taken = measured or take_out(settling)
    settling.settle(again=False)
    settling.journal(batch)
    left = stays(settling, by_name=not measured)
    return left if taken or left else None


def _function(value: object, old: Node) -> FunctionType | None:
    """The function of a definition under what its decorators made of it."""
    functions = [found.function for found in locate.unwrap(value)] if old.kind == "function" else []
    return next((each for each in functions if each.__code__.co_qualname == old.qualname), None)


def asked(batch: Batch, work: Work, node: Node, facets: Collection[str]) -> bool:
    """Whether decorators of a function may have read one of these facets of it."""
    return asks_about(Reach(decorator_roots(batch, work, node).items()).words, facets)


__all__ = ["asked", "registering", "removed", "settling_of"]
