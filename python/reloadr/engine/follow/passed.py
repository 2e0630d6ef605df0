"""Lines that change places with lines which fill what they read.

L = []
SIZE = len(L)                      # stood below the next line: computed again, or named
L.append(1)
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.follow import calls, places
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.sequence import changed_places
from reloadr.engine.registrations.calls import call_of
from reloadr.engine.registrations.lines import Lines
from reloadr.engine.registrations.named import value_of
from reloadr.engine.registrations.places import plain_container
from reloadr.live.kinds import is_a
from reloadr.source.asking import SUBCLASSES
from reloadr.source.filling import filled
from reloadr.source.statements import written
from reloadr.source.stores import stores

__all__ = ["asked"]


def asked(batch: Batch) -> Iterator[Call]:
    """Who read, while modules were loaded, what lines fill that stand on the other side now."""
    for work in batch.works:
        moved = changed_places(work) if work.reordered else []
        for node, was in moved:
            if node.kind == "assignment" and node.binds and not stores(node):
                passed = [each for each, at in moved if each != node and (each.line < node.line) != (at < was)]
                names = {name for each in passed for name in _filled_for(batch, work, node, each)}
                if names:
                    yield from _call(batch, work, node, frozenset(names))


def _filled_for(batch: Batch, work: Work, reader: Node, node: Node) -> set[str]:
    """What a line reads that another one puts something into, itself or by registering it."""
    read = set(reader.reads) - set(reader.binds)
    found = read & (filled(node) | {written(each.owner) for each in stores(node)})
    registers = node.decorators or node.bases or (call_of(node) is not None and not filled(node))
    held = {name: value_of(work.space.get, name) for name in read - found} if registers else {}
    for name, value in held.items():
        place = plain_container(value)
        lines = Lines(batch.works, batch.swaps, work, ())
        known = lines.at(place.read()) if place is not None else []
        asks = bool(node.bases) and is_a(value, type) and _asks_for_subclasses(reader)
        if asks or lines.own(node.line) in known:
            found.add(name)
    return found


def _asks_for_subclasses(reader: Node) -> bool:
    return any(word in reader.source for word in SUBCLASSES)


def _call(batch: Batch, work: Work, node: Node, names: frozenset[str]) -> Iterator[Call]:
    """Whether it may be computed again is asked of what lives, and of what was there at its line."""
    if _asks_for_subclasses(node):
        # Run once more, it would find those below it.
        yield Call(work, node, names, holds=False, asks=True)
        return
    found = list(places.readers_call(batch, work, node, names))
    if not any(call.holds for call in found):
        held = any(call.holds for call in calls.valued(batch.worlds, work, node, set(names)))
        found = [Call(work, node, names, holds=held, asks=True)]
    yield from found
