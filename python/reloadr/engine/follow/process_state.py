"""Who read state of the process that lines change: the context of `decimal`, names in `builtins`, the next of an
iterator.

decimal.getcontext().prec = 10     # edited
THIRD = decimal.Decimal(1) / 3     # computed again, or named
FIRST = next(ids)                  # gone: what lines below took from `ids` is named
"""

from __future__ import annotations

import builtins
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import CodeType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.evaluate.places import places_of
from reloadr.engine.follow import calls, places
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.sequence import may_see, stands_below
from reloadr.live.kinds import is_a
from reloadr.live.locate import mro
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL206
from reloadr.source.edits import Edit
from reloadr.source.process_state import STATES, State, may_change, sows, taken_from, words_of
from reloadr.source.statements import below_scope, parse_statements, scope_of


def asked(batch: Batch) -> list[Call]:
    """Who read, while modules were loaded, state of the process that this batch changes."""
    found: dict[tuple[str, int, str], Call] = {}
    for work in batch.works:
        for edit in work.edits:
            for node in () if edit.action == "formatted" or edit.node.name else (edit.old, edit.new):
                for call in _after(batch, work, node, gone=node is edit.old) if node is not None else ():
                    found.setdefault(call.key, call)
            for call in _after_taking(batch, work, edit) if edit.node.kind != "function" else ():
                found.setdefault(call.key, call)
    return list(found.values())


def _after(batch: Batch, work: Work, node: Node, *, gone: bool) -> Iterator[Call]:
    words = may_change(node)
    for state in STATES if words else ():
        if words & state.written or _is_of(work, words, state):
            yield from _readers(batch, work, node, state.name, state.read, state.written)
    for place in places_of(batch.worlds, work, node, old=gone) if words else ():
        if place.owner is builtins and not place.item:
            yield from _readers(batch, work, node, str(place.key), frozenset({str(place.key)}))


def _is_of(work: Work, words: set[str], state: State) -> bool:
    """Whether one of some names is an object that stands for a state: `context.prec = 10`."""
    if not state.kinds:
        return False
    kinds = {type(work.tracked.namespace.get(word)) for word in words & work.tracked.namespace.keys()}
    return any(f"{cls.__module__}.{cls.__qualname__}" in state.kinds for kind in kinds for cls in mro(kind))


def _readers(
    batch: Batch, work: Work, node: Node, source: str, words: frozenset[str], writing: frozenset[str] = frozenset()
) -> Iterator[Call]:
    names = frozenset({source})
    for tracked in batch.works.mentioning(sorted(words)):
        other = batch.works.of(tracked)
        for reader in other.outline.nodes():
            if reader.name or not any(word in reader.source for word in words):
                continue
            if not reader.binds and may_change(reader) & writing:
                # It sets something itself.
                continue
            if (other is not work or stands_below(work, reader, node)) and _uses(reader, words):
                if may_see(batch.works, other, reader, work, node):
                    yield from places.readers_call(batch, other, places.whole(reader), names)
        for call in using(batch.worlds, tracked, words):
            if may_see(batch.works, call.work, call.node, work, node):
                yield replace(call, names=names, asks=True)


def using(
    worlds: Worlds, tracked: Tracked, words: Iterable[str], really: Callable[[CodeType], bool] = lambda code: True
) -> list[Call]:
    """Who calls the functions of a module that use one of these words, as a name or as an attribute of anything."""
    names = {each for word in words for each in (word, f"{word}.{word}")}
    return calls.reading(worlds, tracked, names, frozenset(), [], really)


def _uses(node: Node, words: frozenset[str]) -> bool:
    trees = [parse_statements(source) for source in places.evaluated(node)]
    return any(tree is not None and not words.isdisjoint(words_of(tree)) for tree in trees)


def _after_taking(batch: Batch, work: Work, edit: Edit) -> Iterator[Call]:
    """Who took from an iterator below a line that takes another number of values from it; that line is named itself
    where it takes one out of turn."""
    before = list(_taken(edit.old)) if edit.old is not None else []
    after = list(_taken(edit.new)) if edit.new is not None else []
    if edit.action == "formatted" or (edit.action == "changed" and edit.node.name):
        # Members of a class are edits of their own.
        return
    node = edit.new or edit.old
    assert node is not None
    for name in dict.fromkeys([*before, *after]):
        if not _is_settled(work, name):
            continue
        below = [each for each in _taking(work, name) if each != node and stands_below(work, each, node)]
        if edit.new is not None and name in after and (name in before or below) and not _is_made_anew(work, name):
            for bound in edit.new.binds or [edit.new.qualname]:
                qualname = below_scope(scope_of(edit.new), bound)
                batch.findings.reason(RL206(name=bound, source=name), work.tracked, qualname, edit.new.line)
        drawn = "next(" not in node.source
        for each in below if drawn or before.count(name) != after.count(name) else ():
            yield from places.readers_call(batch, work, places.whole(each), frozenset({name}))


def _is_made_anew(work: Work, name: str) -> bool:
    """Whether the line that makes an iterator is an edit as well: then it is taken from as in a fresh process."""
    edited = [edit.new for edit in work.edits if edit.new is not None and edit.action != "formatted"]
    return any(node.kind == "assignment" and name in node.binds and not node.scopes for node in edited)


def _taken(node: Node) -> Iterator[str]:
    """What a line takes values from, or the lines of a class."""
    if node.kind != "class":
        yield from taken_from(node)
        return
    for member in node.members:
        yield from _taken(member)


def _is_settled(work: Work, name: str) -> bool:
    """Whether what is taken is the same in each process: of an iterator, or of a generator of `random` that is sown."""
    value = work.tracked.namespace.get(name)
    if value is random or type(value) is random.Random:
        return type(value) is random.Random or any(map(sows, work.outline.readers({name, f"{name}.seed"})))
    return not is_a(value, ModuleType)


def _taking(work: Work, name: str) -> list[Node]:
    return [each for each in work.outline.readers({name}) if name in taken_from(each)]


__all__ = ["asked", "using"]
