"""Keys of tables that several definitions or calls say: each stands where the first of them does, whoever has it.

@on("start")                       # `start` comes first, though `third` has it
def first(): ...
@on("stop")
def second(): ...
@on("start")                       # once `first` is gone, `start` comes last
def third(): ...
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from types import MethodType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.order import load_order
from reloadr.engine.registrations.known import ON_DEMAND, SORTING
from reloadr.engine.registrations.lines import Lines, place_among
from reloadr.engine.registrations.named import value_of
from reloadr.engine.registrations.places import Content, Table, same
from reloadr.engine.registrations.recording import Growth, Recording, take_back
from reloadr.engine.registrations.roots import constants
from reloadr.engine.registrations.ties import PLAIN, Tokens
from reloadr.live.kinds import is_a
from reloadr.source.statements import decorator_name, parse_expression, written
from reloadr.stage.steps import MISSING

__all__ = ["settle"]

#: A plain key, with its type: `1` is not `True`.
Key = tuple[type, object]
#: What a key's value may be that was there for definitions to fill.
_FILLED = (dict, list, set)


@dataclass(frozen=True)
class First:
    """Where a key is said first: the rank of the module among others, the line; and whether others say it too."""

    rank: int
    line: int
    work: Work
    several: bool


def settle(batch: Batch, work: Work, node: Node, tokens: Tokens, recording: Recording) -> Iterator[Growth]:
    """Brings keys that a definition says since, or says no more, to where they belong; gives the tables that changed.
    `tokens`: what it said and says."""
    alone = any(edit.node == node and edit.action in ("added", "removed") for edit in work.edits)
    keys = tokens.before.keys() | tokens.after.keys() if alone else tokens.before.keys() ^ tokens.after.keys()
    said = [each for text, _ in _calls(node) for each in constants(text)]
    labels = {label for label, value in said if _key(value) in keys}
    tables = [each for each in recording.before if isinstance(each[0], Table) and each[0].open] if labels else []
    tables = [each for each in tables if any(_key(key) in keys for key, _ in each[0].read())]
    if not tables or not SORTING.isdisjoint(recording.reach.own_words):
        return
    earlier, sayers = (_firsts(batch, _sayers(batch, work, node, labels, old=old)) for old in (True, False))
    for place, before in tables:
        content = place.read()
        by_themselves = ON_DEMAND.isdisjoint(recording.reach.words) and any(is_a(each, *_FILLED) for _, each in content)
        if by_themselves or not any(_is_so(before, each) for each in (earlier, sayers)):
            # Its keys may have been there before anything was registered.
            continue
        wanted = _ordered(batch, content, keys, sayers, recording.reach.spine)
        if not same(wanted, content):
            place.write(wanted)
            batch.journal.on_undo.append(partial(take_back, place, content, wanted))
            yield Growth(place, content, wanted)


def _firsts(batch: Batch, sayers: dict[Key, list[tuple[Work, Node]]]) -> dict[Key, First]:
    ranks = load_order(batch.works, {work.tracked.name for each in sayers.values() for work, _ in each})
    found: dict[Key, First] = {}
    for key, each in sayers.items():
        places = [(ranks.get(work.tracked.name, 0), node.line, work) for work, node in each]
        found[key] = First(*min(places, key=lambda place: place[:2]), several=len(each) > 1)
    return found


def _is_so(content: Content, firsts: dict[Key, First]) -> bool:
    """Whether a table's keys are in the order in which they were said first."""
    at = [(first.rank, first.line) for key, _ in content if (first := firsts.get(_key(key))) is not None]
    return at == sorted(at)


def _ordered(
    batch: Batch, content: Content, keys: Collection[Key], firsts: dict[Key, First], spine: set[int]
) -> Content:
    """A table's content with some keys where their first sayers stand, among others that are in order."""
    told: dict[int, tuple[str, int]] = {}
    moving: list[tuple[int, int, int]] = []
    wanted: Content = []
    for at, (key, value) in enumerate(content):
        first = firsts.get(_key(key))
        moves = first is not None and _key(key) in keys
        if first is not None and (moves or first.several):
            told[id(key)] = first.work.tracked.name, first.line
        if first is not None and moves:
            moving.append((first.rank, first.line, at))
        else:
            wanted.append((key, value))
    for _, line, at in sorted(moving):
        lines = Lines(batch.works, batch.swaps, firsts[_key(content[at][0])].work, spine)
        known = lines.at(wanted, told)
        where = place_among(known, lines.own(line)) if wanted else 0
        if where is None:
            return content
        wanted.insert(where, content[at])
    return wanted


def _sayers(batch: Batch, work: Work, node: Node, labels: set[str], *, old: bool) -> dict[Key, list[tuple[Work, Node]]]:
    """The definitions and calls of the source by the keys that they say where one does, to what it does."""
    names = {name for _, name in _calls(node)}
    values = [value for name in names if (value := value_of(work.space.get, name)) is not MISSING]
    found: dict[Key, list[tuple[Work, Node]]] = {}
    homes = batch.works.mentioning(sorted({name.rpartition(".")[2] for name in names}))
    # One that is saved may have mentioned it.
    for tracked in dict.fromkeys([*homes, *(each.tracked for each in batch.works)]):
        other = batch.works.of(tracked)
        for each in (tracked.outline if old else other.outline).nodes():
            for text, name in _calls(each):
                if any(_is_one(value_of(other.space.get, name), value) for value in values):
                    for label, value in constants(text):
                        if label in labels and type(value) in PLAIN:
                            found.setdefault(_key(value), []).append((other, each))
    return found


def _calls(node: Node) -> Iterator[tuple[str, str]]:
    """The calls by which a definition or a statement registers something, each with what it calls."""
    for part in node.decorators:
        yield part.source, decorator_name(part)
    tree = parse_expression(node.source) if node.kind == "statement" and "(" in node.source else None
    if isinstance(tree, ast.Call):
        # `reg("a")(f)` says it as `@reg("a")` does.
        tree = tree.func if isinstance(tree.func, ast.Call) else tree
        yield written(tree), written(tree.func)


def _is_one(value: object, other: object) -> bool:
    if is_a(value, MethodType) and is_a(other, MethodType):
        return value.__self__ is other.__self__ and value.__func__ is other.__func__
    return value is other


def _key(key: object) -> Key:
    return (type(key), key) if type(key) in PLAIN else (type(None), None)
