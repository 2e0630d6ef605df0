"""Base, theirs and ours: what an edit should have changed and did not, as git merges.

Base is a fresh process of what was loaded, theirs one of what is saved, ours the living one. Where base and theirs
agree, ours may be what it likes: that is state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reloadr.proof.graph import CUT, Graph

__all__ = ["ABSENT", "Difference", "Noise", "differences", "disagreement"]

#: What is said of something that is not there.
ABSENT = "(absent)"
#: How far below a replaced object it matters whether an edit changed something.
NEAR = 2

#: Edges at which two fresh processes of one source disagree.
Noise = frozenset[tuple[int, str]]


class Difference(NamedTuple):
    """A place where ours is not what a fresh process would be."""

    #: "stale", "conflict", or "sealed": of what is inside nothing is known, in any of them.
    kind: str
    path: str
    base: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class _At:
    """The same place in all three; None where there is nothing."""

    base: int | None
    theirs: int | None
    ours: int | None

    @property
    def key(self) -> tuple[int | None, int | None, int | None]:
        return self.base, self.theirs, self.ours


def disagreement(one: Graph, other: Graph, pace: Callable[[], None]) -> Noise:
    """What two processes of one source disagree about: times, addresses, the order of hashes."""
    roots = [(one.roots[n], other.roots.get(n)) for n in one.roots]
    return frozenset(_edges_that_differ(one, other, roots, None, pace))


def _edges_that_differ(
    one: Graph, other: Graph, start: list[tuple[int, int | None]], depth: int | None, pace: Callable[[], None]
) -> Iterator[tuple[int, str]]:
    due = deque((left, right, 0) for left, right in start if right is not None)
    seen = set()
    while due:
        pace()
        left, right, at = due.popleft()
        if (left, right) in seen or (depth is not None and at >= depth):
            continue
        seen.add((left, right))
        mine, others = one.parts[left], other.parts[right]
        for label in {**mine, **others}:
            a, b = mine.get(label), others.get(label)
            if a is None or b is None or one.values[a] != other.values[b]:
                if not _is_cut(one, left, a) and not _is_cut(other, right, b):
                    yield left, label
            else:
                due.append((a, b, at + 1))


def differences(
    base: Graph,
    theirs: Graph,
    ours: Graph,
    noise: tuple[Noise, Noise],
    pace: Callable[[], None],
) -> Iterator[Difference]:
    """What is stale, in conflict or sealed, the nearest to its module first. `noise`: of base, and of theirs."""
    due = deque((name, "", _At(base.roots.get(name), theirs.roots.get(name), n)) for name, n in ours.roots.items())
    #: What base has nothing of there: it may be known by another path, on which base tells what is state.
    late: deque[tuple[str, str, _At]] = deque()
    seen: set[tuple[int | None, ...]] = set()
    while due or late:
        pace()
        module, inner, at = (due or late).popleft()
        if due and at.base is None:
            late.append((module, inner, at))
            continue
        if at.key in seen or (at.base is None and (at.theirs is None or at.key[1:] in seen)):
            continue
        seen |= {at.key, at.key[1:]}
        home = None if at.ours is None else ours.homes.get(at.ours)
        if home is not None:
            module, _, inner = home.partition(":")
        yield from _order(base, theirs, ours, at, f"{module}:{inner}")
        for label, below in _below(base, theirs, ours, at):
            if (at.base, label) in noise[0] or (at.theirs, label) in noise[1]:
                continue
            path = inner + label if inner else label.removeprefix(".")
            kind = _judge(base, theirs, ours, at, below, noise[0], pace)
            if kind is None:
                due.append((module, path, below))
                if below.theirs in theirs.sealed and below.base in base.sealed:
                    value = theirs.values[below.theirs or 0]
                    yield Difference("sealed", f"{module}:{path}", value, value, value)
            elif kind and not (below.ours is None and _reads_through(theirs, ours, at, label)):
                words = [_value(graph, n) for graph, n in zip((base, theirs, ours), below.key, strict=True)]
                yield Difference(kind, f"{module}:{path}", *words)


def _below(base: Graph, theirs: Graph, ours: Graph, at: _At) -> Iterator[tuple[str, _At]]:
    sides = [
        {} if n is None else graph.parts[n] for graph, n in ((base, at.base), (theirs, at.theirs), (ours, at.ours))
    ]
    for label in {**sides[0], **sides[1]}:
        yield label, _At(*(side.get(label) for side in sides))


def _judge(
    base: Graph, theirs: Graph, ours: Graph, parent: _At, at: _At, noise: Noise, pace: Callable[[], None]
) -> str | None:
    """ "stale", "conflict", "" for what needs no word, or None if what lies below decides."""
    sides = ((base, parent.base, at.base), (theirs, parent.theirs, at.theirs), (ours, parent.ours, at.ours))
    if any(_is_cut(*side) for side in sides):
        return ""
    was, should, runs = (_value(graph, n) for graph, _, n in sides)
    if was != should:
        if runs == should:
            return "" if at.ours is None else None
        return "stale" if runs == was else "conflict"
    if runs == should:
        return None
    # Something else stands there since: state, unless the edit is about what stood there before.
    assert at.base is not None
    changed = _edges_that_differ(base, theirs, [(at.base, at.theirs)], NEAR, pace)
    if any(edge not in noise for edge in changed):
        return "conflict"
    if at.ours is None and _was_made_anew(base, theirs, ours, parent, noise):
        return "conflict"
    return ""


def _was_made_anew(base: Graph, theirs: Graph, ours: Graph, at: _At, noise: Noise) -> bool:
    """Whether an edit made an object anew: what it lacks then was not taken from it by the program, but never given.

    fields = Model.fields = [Field(1)]        # before; the metaclass has given each its name
    fields = Model.fields = [Field(2)]        # after; nobody has
    """
    if at.base is None or at.theirs is None or at.ours is None or not ours.values[at.ours].startswith("instance of "):
        return False
    was, should, runs = base.parts[at.base], theirs.parts[at.theirs], ours.parts[at.ours]
    return any(
        _value(base, was.get(label)) != theirs.values[part] == _value(ours, runs.get(label))
        and (at.base, label) not in noise
        for label, part in should.items()
    )


def _reads_through(theirs: Graph, ours: Graph, at: _At, label: str) -> bool:
    """Whether an attribute that an object lacks reads as it should all the same: its class has that value."""
    if at.ours is None or at.theirs is None or label not in theirs.parts[at.theirs]:
        return False
    due, seen = [ours.parts[at.ours].get(".__class__")], set()
    while due:
        cls = due.pop(0)
        if cls is None or cls in seen:
            continue
        seen.add(cls)
        found = ours.parts[cls].get(label)
        if found is not None:
            return ours.values[found] == theirs.values[theirs.parts[at.theirs][label]] and not ours.parts[found]
        bases = ours.parts[cls].get(".__bases__")
        due += [] if bases is None else ours.parts[bases].values()
    return False


def _order(base: Graph, theirs: Graph, ours: Graph, at: _At, path: str) -> Iterator[Difference]:
    """The order of a dict's keys, or of a class's members, as far as all three have them."""
    if at.base is None or at.theirs is None or at.ours is None:
        return
    is_class = base.values[at.base].startswith("class ")
    if base.values[at.base] != "dict" and not is_class:
        return
    parts = [graph.parts[n] for graph, n in ((base, at.base), (theirs, at.theirs), (ours, at.ours))]
    # What the interpreter writes into a class comes in an order of its own.
    held = [[each for each in keys if not is_class or not each.startswith(".__")] for keys in parts]
    common = set(held[0]).intersection(*held[1:])
    was, should, runs = (", ".join(each for each in keys if each in common) for keys in held)
    if was != should != runs:
        yield Difference("stale" if runs == was else "conflict", f"{path} (order)", was, should, runs)


def _value(graph: Graph, number: int | None) -> str:
    return ABSENT if number is None else graph.values[number]


def _is_cut(graph: Graph, parent: int | None, number: int | None) -> bool:
    """Whether it was not looked at."""
    if number is None:
        return parent is not None and CUT in graph.parts[parent]
    return graph.values[number] == CUT
