"""What a definition was registered as goes, what it is registered as now takes its place.

handlers == {"start": [f, g]}      # before
handlers == {"stop": [f], "start": [g]}     # after `@on("start")` of `f` became `@on("stop")`
"""

from __future__ import annotations

import re
import weakref
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Swaps, Work, Works
from reloadr.engine.registrations import shared_keys
from reloadr.engine.registrations.known import ON_DEMAND, SORTING
from reloadr.engine.registrations.lines import Lines, in_order
from reloadr.engine.registrations.places import Bag, Cells, Content, Place, Slots, Table, container, same
from reloadr.engine.registrations.reach import Reach
from reloadr.engine.registrations.recording import Growth, Recording, take_back
from reloadr.engine.registrations.ties import PLAIN, Ties, Tokens, alike, holds_its_like, nearest, ties, walk
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL235
from reloadr.source.snippets import quoted

#: Who puts in more at once registers nothing: it loads.
_MANY = 100


@dataclass(eq=False)
class Entry:
    """An entry that a container held before."""

    place: Place
    at: int
    key: object
    value: object
    ties: Ties


@dataclass(eq=False)
class Settling:
    """One registration that is made anew: what goes, what comes, what cannot be told apart."""

    recording: Recording
    tokens: Tokens
    lines: Lines
    work: Work
    node: Node
    #: What the definition's name meant before.
    bound: object = None
    #: Entries that were taken out before the definition was handed on.
    taken: list[Entry] = field(default_factory=list)
    #: Entries that are to go, by their index in what was left then.
    stale: list[Entry] = field(default_factory=list)
    #: Whether the line says another place than it did: `HOOKS.append(f)`, which was `HOOKS.insert(0, f)`.
    elsewhere: bool = False
    #: Whether an entry at a key took an earlier one's place by itself.
    overwritten: bool = False
    #: How reports call what holds an entry of now and of before, which cannot be told from others'.
    left: list[str] = field(default_factory=list)

    def settle(self, *, again: bool) -> None:
        """Lets the earlier entries go, and puts those of now where the source has them. `again`: the definition had
        been registered before."""
        growths = list(self.recording.growths())
        for growth in growths if again else ():
            fresh = growth.fresh()
            for at in fresh if len(fresh) <= _MANY else ():
                self._replaced(growth, at, growths)
            if len(fresh) > _MANY:
                self.left.append(growth.place.told())
        if again:
            self._uncount()
            growths = list(self.recording.growths())
        for growth in growths:
            self._place(growth)
        placed = {id(growth.place) for growth in growths}
        for place, before in self.recording.before:
            if id(place) not in placed and any(entry.place is place for entry in self.stale):
                self._place(Growth(place, self.recording.held(place, before), place.read()))
        self._drop_emptied(growths)

    # ---- what goes ----

    def _replaced(self, growth: Growth, at: int, growths: list[Growth]) -> None:
        key, value = growth.after[at]
        place = growth.place
        keys = (*place.keys, key) if key is not None else place.keys
        found = ties(value, keys, self.tokens, self.recording.reach.spine, old=False)
        if not found:
            # What is joined to others, and may be there from before: nothing tells which of them that is.
            if not place.keyed:
                self.left.append(place.told())
            return
        self.overwritten |= place.keyed and any(each is key for each, _ in growth.before)
        earlier = self._earlier(growth, growths, found)
        if not earlier and self.tokens.cut:
            # It may be among those that were too long to be looked through.
            self.left.append(place.told())
        exact = [entry for entry in earlier if alike(found, entry.ties)]
        if not place.keyed and len(exact) > 1 and not any("it" in labels for labels in found.values()):
            # They hold what was said alone: it was one of them, and another call may have said the same.
            exact = [each for each in exact if same_value(each.value, value)]
            if len(exact) != 1 or is_a(value, *PLAIN):
                self.left.append(place.told())
                return
            earlier = exact
        if not exact and self.tokens.same():
            # What says what it said was registered as it is now, or not at all: the others are of others.
            return
        if exact and len(exact) < len(earlier):
            earlier = exact + [each for each in earlier if each not in exact and self._dropped(each)]
        for entry in earlier:
            self._let_go(entry, value)

    def _earlier(self, growth: Growth, growths: list[Growth], found: Ties) -> list[Entry]:
        """The entries of the same container, or of its likes under other keys, that the definition made before."""
        path = nearest(found)
        entries: list[Entry] = []
        before = [(growth.place, growth.before)]
        before += [
            (place, self.recording.held(place, content))
            for place, content in self.recording.before
            if place.shape == growth.place.shape
        ]
        seen: set[int] = set()
        for place, content in before:
            if id(place.holder) in seen and place.shape:
                continue
            seen.add(id(place.holder))
            gone = {entry.at for entry in self.stale if entry.place is place}
            renewed = next((each for each in growths if each.place is place), None)
            new = {id(renewed.after[at][0]) for at in renewed.fresh()} if renewed and place.keyed else set()
            for at, (key, value) in enumerate(content):
                if at in gone or (key is not None and id(key) in new) or not self.may_go(place, key):
                    continue
                keys = (*place.keys, key) if key is not None else place.keys
                old = ties(value, keys, self.tokens, self.recording.reach.spine, old=True)
                if nearest(old) != path or (path is None and not alike(found, old)):
                    continue
                if holds_its_like(value, old, self.recording.reach.spine):
                    self.left.append(place.told())
                else:
                    entries.append(Entry(place, at, key, value, old))
        return entries

    def may_go(self, place: Place, key: object) -> bool:
        """Whether an entry can be taken out. An attribute can where no code names it: `setattr(bus, "on_x", f)`."""
        if isinstance(place, Slots):
            return "*" not in place.shape and type(key) is str and key not in self.recording.reach.words
        return place.open

    def _dropped(self, entry: Entry) -> bool:
        """Whether an entry is tied to what no decorator says any more."""
        after = {label for labels in self.tokens.after.values() for label in labels}
        return any(label != "it" and label not in after for labels in entry.ties.values() for label in labels)

    def _let_go(self, entry: Entry, instead: object) -> None:
        """An entry goes; of a container that holds others' as well, what in it is tied to the definition."""
        inner = container(entry.value, (*entry.place.shape, "*"), (*entry.place.keys, entry.key), entry.place)
        known = self.recording.known(entry.value) or inner
        if inner is None or known is None or not self._holds_others(inner, instead):
            self.stale.append(entry)
            return
        for at, (key, value) in enumerate(self._content_before(known)):
            old = ties(value, (), self.tokens, self.recording.reach.spine, old=True)
            if "it" in {label for labels in old.values() for label in labels}:
                self.stale.append(Entry(known, at, key, value, old))

    def _holds_others(self, inner: Place, instead: object) -> bool:
        """Whether a container holds what is another's, told by what now takes its place."""
        twin = container(instead, (), (), None)
        common = {id(value) for _, value in twin.read()} if twin is not None else set()
        spine = self.recording.reach.spine
        others = [
            value for _, value in self._content_before(inner) if not is_a(value, *PLAIN) and id(value) not in common
        ]
        return any(not ties(value, (), self.tokens, spine, old=True) for value in others)

    def _content_before(self, place: Place) -> Content:
        found = (each for each in self.recording.before if each[0].holder is place.holder)
        return next((self.recording.held(*each) for each in found), place.read())

    def _uncount(self) -> None:
        """What counts registrations has counted this one before."""
        for growth in self.recording.changed():
            if not growth.place.keyed:
                continue
            held = {id(key): value for key, value in growth.before}
            content = [
                (key, held[id(key)] if self._counts(held.get(id(key)), value) else value) for key, value in growth.after
            ]
            if not same(content, growth.after):
                growth.place.write(content)

    def _counts(self, before: object, after: object) -> bool:
        """Whether a number has gone up by one, and is not what the line says: `Single(2)`, which was `Single(1)`."""
        if type(after) is not int or not _follows(before, after) or (int, after) in self.tokens.after:
            return False
        # Neither as part of a text: `exec("size = 2", SPACE)`.
        return self.node.name is not None or re.search(rf"\b{after}\b", self.node.source) is None

    def _says(self, growth: Growth) -> bool:
        """Whether the definition says itself which number it has in a table, and has said so: `@order(2)`."""
        held = {id(key): value for key, value in growth.before}
        # One that goes by another name had said the number of the earlier one.
        was = [entry.value for entry in self.taken if entry.place.holder is growth.place.holder]
        said = all(type(value) is int and (int, value) in self.tokens.before for value in was)
        return any(
            (int, value) in self.tokens.after
            and (said if id(key) not in held else (int, held[id(key)]) in self.tokens.before)
            for key, value in growth.after
            if type(value) is int and held.get(id(key)) is not value
        )

    # ---- what comes ----

    def _place(self, growth: Growth) -> None:
        """Writes what a container is to hold: without what goes, and in the order of the source."""
        place = growth.place
        fresh = growth.fresh()
        gone = {entry.at for entry in self.stale if entry.place is place}
        kept = [at for at in range(len(growth.after)) if at not in set(fresh)]
        # What was there before and still is, in the same order; an entry at a key may be of now.
        where = _matched(growth, kept)
        out = {where[at] for at in gone if at in where}
        content = [entry for at, entry in enumerate(growth.after) if at not in out]
        left = [at - sum(each < at for each in out) for at in fresh]
        anchor = min(gone) if gone else self._anchor(place)
        if place.open and not isinstance(place, Bag) and left:
            known = {id(key) for key, _ in growth.before if key is not None}
            joined = [at for at in left if content[at][0] is None or id(content[at][0]) not in known]
            if self.elsewhere:
                content = _as_put(growth, fresh, content)
            elif SORTING.isdisjoint(self.recording.reach.own_words):
                content = in_order(content, joined, anchor, self.node.line, self.lines)
        content = self._with_later(growth, content)
        if not same(content, place.read()):
            place.write(content)

    def _with_later(self, growth: Growth, content: Content) -> Content:
        """A table's content, with what definitions further down have put at keys that this one has put something at."""
        if not isinstance(growth.place, Table) or not growth.place.open:
            return content
        own = {at for entry in self.stale if entry.place is growth.place for at in (entry.at,)}
        before = {id(key): (key, value) for at, (key, value) in enumerate(growth.before) if at not in own}
        fresh = {id(growth.after[at][0]) for at in growth.fresh()}
        kept = []
        for key, value in content:
            was = before.get(id(key)) if id(key) in fresh else None
            at = self.lines.at([was])[0] if was is not None and was[1] is not value else None
            kept.append(
                was if was is not None and at is not None and at > self.lines.own(self.node.line) else (key, value)
            )
        return kept

    def _anchor(self, place: Place) -> int | None:
        """Where the first of the entries was that were taken out of a place."""
        taken = [entry.at for entry in self.taken if entry.place.holder is place.holder]
        return min(taken) if taken else None

    def _drop_emptied(self, growths: list[Growth]) -> None:
        """A container that was made for a key goes with its last entry."""
        made = {growth.place.shape for growth in growths for at in growth.fresh() if isinstance(growth.place, Table)}
        for place in {id(entry.place): entry.place for entry in [*self.taken, *self.stale]}.values():
            parent = place.parent
            if parent is None or not isinstance(parent, Table) or place.read():
                continue
            content = parent.read()
            # Where others are there with nothing in them, they were there from the beginning.
            others = any(
                value is not place.holder and is_a(value, dict, list, set) and not value for _, value in content
            )
            on_demand = is_a(parent.holder, defaultdict) or (ON_DEMAND & self.recording.reach.words and not others)
            if on_demand or parent.shape in made:
                parent.write([(key, value) for key, value in content if value is not place.holder])

    def put_for(self, instead: dict[int, object]) -> None:
        """Puts objects in the place of others in what appeared: the class that lives for the one that was made."""
        for growth in self.recording.changed():
            _exchange_in(growth.place, growth.after, instead)
            for at in growth.fresh():
                for _, part in walk(growth.after[at][1], "", self.recording.reach.spine):
                    for place in _parts(part):
                        _exchange_in(place, place.read(), instead)

    def _keep_numbers(self) -> None:
        """What was registered once more keeps the number that it had been given."""
        for growth in self.recording.changed():
            numbers = _numbers(growth.before) if isinstance(growth.place, Table) and not self._says(growth) else []
            last = len(numbers) + min(numbers) if numbers else 0
            # One that was taken out is not counted as it is numbered again.
            gone = [entry for entry in self.taken if entry.place.holder is growth.place.holder]
            taken = [entry.key for entry in gone]
            held = {id(key): value for key, value in growth.before}
            # One that goes by another name has the number of the earlier one.
            had = gone[0].value if len(gone) == 1 and not any(gone[0].key is key for key, _ in growth.after) else None
            content = [
                (
                    key,
                    held.get(id(key), value if had is None else had)
                    if type(value) is int and value == last - (had is not None or any(key is each for each in taken))
                    else value,
                )
                for key, value in growth.after
                if numbers
            ]
            if content and not same(content, growth.after):
                growth.place.write(content)

    def _freed(self) -> list[object]:
        """The keys of entries that went, where nothing has come: another definition may have had them before."""
        gone = [entry for entry in [*self.taken, *self.stale] if isinstance(entry.place, Table)]
        return [
            entry.key
            for entry in gone
            if is_a(entry.key, *PLAIN) and not any(same_value(entry.key, key) for key, _ in entry.place.read())
        ]

    def journal(self, batch: Batch) -> None:
        """Notes how all of it is taken back, and that what reads it is due."""
        self._keep_numbers()
        changed = self.recording.changed()
        for growth in changed:
            if isinstance(growth.place, Table) and not self._says(growth) and _counts_otherwise(growth):
                kind = RL235(name=self.node.name or quoted(self.node), registry=growth.place.told())
                batch.findings.reason(kind, self.work.tracked, self.node.qualname, self.node.line)
        batch.noted.freed += [(self.work, self.node, key) for key in self._freed()]
        own = {id(growth.place) for growth in changed}
        moved = list(shared_keys.settle(batch, self.work, self.node, self.tokens, self.recording))
        changed += [growth for growth in moved if id(growth.place) not in own]
        batch.regrown(batch, self.work, self.node, changed, ())
        for growth in changed:
            batch.journal.on_undo.append(partial(take_back, growth.place, growth.before, growth.after))


def _as_put(growth: Growth, fresh: list[int], content: Content) -> Content:
    """What a row is to hold, with what is new where the call put it: the second place of `insert(1, f)` is that of the
    row without what goes."""
    came = [growth.after[at] for at in fresh]
    rest = [entry for entry in content if not any(entry is each for each in came)]
    for at, entry in zip(fresh, came, strict=True):
        rest.insert(at, entry)
    return rest


def _counts_otherwise(growth: Growth) -> bool:
    """Whether a table numbers what it is given, and no more as a fresh process would: one came in between, or went.

    self.ids[function.__name__] = len(self.ids)
    """
    numbers, after = _numbers(growth.before), [value for _, value in growth.after]
    known = {id(key) for key, _ in growth.before}
    fresh = [value for key, value in growth.after if id(key) not in known]
    if not numbers or (fresh and max(numbers) + 1 not in fresh) or (not fresh and len(numbers) < 2):
        return False
    return after != list(range(min(numbers), min(numbers) + len(after)))


def _numbers(content: Content) -> list[int]:
    """The numbers that a table has given to what it holds; none where it holds anything else."""
    numbers = [value for _, value in content if type(value) is int]
    given = len(set(numbers)) == len(content) and all(0 <= each <= len(content) for each in numbers)
    return numbers if given and min(numbers, default=2) <= 1 else []


def _parts(value: object) -> list[Place]:
    """Where something that an entry is made of holds other things: what was made for it is nobody else's."""
    if is_a(value, type):
        return []
    found: list[Place] = [Slots(value, (), (), None)]
    if is_a(value, FunctionType):
        found.append(Cells(value, (), (), None))
    place = container(value, (), (), None)
    return [*found, place] if place is not None else found


def _exchange_in(place: Place, content: Content, instead: dict[int, object]) -> None:
    exchanged = [(key, _exchanged(value, instead)) for key, value in content]
    if not same(exchanged, content):
        place.write(exchanged)


def _exchanged(value: object, instead: dict[int, object]) -> object:
    if type(value) is tuple:
        parts = tuple(_exchanged(each, instead) for each in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    if is_a(value, weakref.ref):
        # Of a weak container: it holds the other one by the same rules.
        other = instead.get(id(weakref.ref.__call__(value)))
        if other is not None and type(value) is weakref.KeyedRef:
            return weakref.KeyedRef(other, value.__callback__, value.key)
        return value if other is None else weakref.ref(other, value.__callback__)
    return instead.get(id(value), value)


def _follows(before: object, after: int) -> bool:
    return type(before) is int and after == before + 1


def _matched(growth: Growth, kept: list[int]) -> dict[int, int]:
    """The indices of what was held before, as they are after."""
    found: dict[int, int] = {}
    start = 0
    for at, (key, value) in enumerate(growth.before):
        for index in range(start, len(kept)):
            other_key, other = growth.after[kept[index]]
            if other is value and other_key is key:
                found[at] = kept[index]
                start = index + 1
                break
    return found


def settling_of(works: Works, swaps: Swaps, work: Work, node: Node, roots: Mapping[str, object]) -> Settling:
    """What can be written to from some roots, as it is now, for a definition at its line."""
    recording = Recording(Reach(roots.items()))
    lines = Lines(works, swaps, work, recording.reach.spine, roots.keys())
    return Settling(recording, Tokens(), lines, work, node)


__all__ = ["Entry", "Settling", "settling_of"]
