"""The order of what is registered, where definitions or calls change places in the source and nothing else of them.

@route("/a")                       # moved below `b`: its entry stands behind that of `b`, where a fresh process has it
def a(): ...
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from types import FunctionType

from reloadr._core import Node, Outline
from reloadr.engine.batch import Batch, Swaps, Work, Worlds
from reloadr.engine.registrations.calls import call_of, call_roots
from reloadr.engine.registrations.handing import class_roots
from reloadr.engine.registrations.known import ON_DEMAND, SORTING, may_register
from reloadr.engine.registrations.lines import Lines, in_order, place_among
from reloadr.engine.registrations.places import Bag, Content, Slots, Table, container, same
from reloadr.engine.registrations.reach import Reach
from reloadr.engine.registrations.recording import take_back
from reloadr.engine.registrations.roots import decorator_roots
from reloadr.engine.registrations.ties import walk
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL206


def settle_order(worlds: Worlds, swaps: Swaps, work: Work) -> None:
    """Brings the entries of what changed places into the order of the source, if that is the order they had."""
    if not work.reordered:
        return
    before, after = _lines(work, work.tracked.outline), _lines(work, work.outline)
    was = {line: before[key] for key, line in after.items() if key in before}
    roots: dict[str, object] = {}
    for node in _registered(work, work.outline):
        if node.line in was:
            roots |= _roots(worlds, work, node)
    if not roots:
        return
    reach = Reach(roots.items())
    lines = Lines(worlds.works, swaps, work, reach.spine)
    for place in reach.places if SORTING.isdisjoint(reach.own_words) else ():
        if place.open and not isinstance(place, (Bag, Slots)):
            content = place.read()
            known = [lines.of(*entry) for entry in content]
            lone = [value for line, (_, value) in zip(known, content, strict=True) if line is None]
            empty = any(is_a(value, dict, list, set) for value in lone)
            if isinstance(place, Table) and empty and ON_DEMAND.isdisjoint(reach.words):
                # Its keys may have been there before anything was registered.
                continue
            wanted = _ordered(content, known, was)
            if wanted is not None:
                place.write(wanted)
                worlds.journal.on_undo.append(partial(take_back, place, content, wanted))


def settle_moved(batch: Batch, work: Work, moves: list[tuple[Node, FunctionType | type]]) -> None:
    """Brings the entries of definitions that came from other modules to where a fresh process has them.

    @route("/a")                       # was in a module that is loaded before
    def a(): ...
    """
    todo = list(moves)
    for node, value in moves:
        del todo[0]
        roots = _roots(batch.worlds, work, node) if may_register(work, node) or node.bases else {}
        if roots:
            # It is found as one of this module.
            batch.flush()
            _settle_moved(batch, work, node, value, roots, todo)


def _settle_moved(
    batch: Batch,
    work: Work,
    node: Node,
    value: FunctionType | type,
    roots: dict[str, object],
    todo: list[tuple[Node, FunctionType | type]],
) -> None:
    """Likewise of one of them; `todo`: those that are not in order yet."""
    reach = Reach(roots.items())
    lines = Lines(batch.works, batch.swaps, work, reach.spine, roots.keys())
    others = [(_held(each), other.name) for other, each in todo]
    for place in reach.places if SORTING.isdisjoint(reach.own_words) else ():
        content = place.read() if place.open and not isinstance(place, (Bag, Slots)) else []
        own = [at for at, entry in enumerate(content) if _is_of(entry, _held(value), node.name, reach.spine)]
        if len(own) != 1 or len(content) == 1:
            continue
        entry, rest = content[own[0]], [each for at, each in enumerate(content) if at not in own]
        shared = container(entry[1], (), (), None) if isinstance(place, Table) else None
        if shared is not None and len(shared.read()) > 1:
            wanted = _by_first(rest, entry, shared.read(), lines) or content
        else:
            later = [each for each in rest if any(_is_of(each, *other, reach.spine) for other in others)]
            wanted = in_order([*rest, entry], [len(rest)], own[0], node.line, lines, later)
        if not same(wanted, content):
            place.write(wanted)
            batch.journal.on_undo.append(partial(take_back, place, content, wanted))
        elif not any(lines.at(rest)):
            batch.findings.reason(RL206(name=place.told(), source=f"place of {node.name}"), work.tracked, "", node.line)


def _held(value: FunctionType | type) -> set[int]:
    """What an entry of a definition may hold of it."""
    return {id(value), *(id(found.function) for found in locate.unwrap(value))}


def _by_first(rest: Content, entry: tuple[object, object], within: Content, lines: Lines) -> Content | None:
    """A table's entries, with one that several definitions have put something in: it came with the first of them."""
    known = lines.at([*rest, *((entry[0], value) for _, value in within)])
    first = min((each for each in known[len(rest) :] if each is not None), default=None)
    where = place_among(known[: len(rest)], first) if first is not None else None
    return None if where is None else [*rest[:where], entry, *rest[where:]]


def _is_of(entry: tuple[object, object], held: set[int], name: str | None, spine: Collection[int]) -> bool:
    """Whether an entry is of a definition: holds it, or is known by its name."""
    parts = [entry[0], *(each for _, each in walk(entry[1], "", spine))]
    return any(id(each) in held for each in parts) or any(type(each) is str and each == name for each in parts)


def moved(work: Work) -> list[Node]:
    """What may register something and changed places with others, in the order that it has now."""
    if not work.reordered:
        return []
    before, after = _lines(work, work.tracked.outline), _lines(work, work.outline)
    lines = {line for key, line in after.items() if key in before}
    return [node for node in _registered(work, work.outline) if node.line in lines]


def _registered(work: Work, outline: Outline) -> Iterator[Node]:
    for node in outline.roots():
        if may_register(work, node) or node.bases or call_of(node) is not None:
            yield node


def _lines(work: Work, outline: Outline) -> dict[str, int]:
    found: dict[str, list[int]] = {}
    for node in _registered(work, outline):
        found.setdefault(node.qualname if node.name else node.source, []).append(node.line)
    return {key: lines[0] for key, lines in found.items() if len(lines) == 1}


def _roots(worlds: Worlds, work: Work, node: Node) -> dict[str, object]:
    if node.name is None:
        return call_roots(worlds, work, node)
    return (decorator_roots(worlds, work, node) if may_register(work, node) else {}) | class_roots(worlds, work, node)


def _ordered(content: Content, lines: list[int | None], was: dict[int, int]) -> Content | None:
    """The content with the entries of known lines in the new order; None where that is the order they have, or they
    were in no order before."""
    at = [index for index, line in enumerate(lines) if line is not None and line in was]
    new = [line for line in lines if line is not None and line in was]
    old = [was[line] for line in new]
    back = old == sorted(old, reverse=True) and len(old) > 1
    if not (old == sorted(old) or back):
        return None
    wanted = sorted(zip(new, at, strict=True), reverse=back)
    if [line for line, _ in wanted] == new:
        return None
    result = list(content)
    for index, (_, source) in zip(at, wanted, strict=True):
        result[index] = content[source]
    return result


__all__ = ["moved", "settle_moved", "settle_order"]
