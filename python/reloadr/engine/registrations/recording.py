"""What appeared in containers while code ran, and how it is taken back.

before: handlers == {"start": [f]}
after:  handlers == {"start": [f], "stop": [f]}      # appeared: the key "stop" of `handlers`
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from reloadr._core import commit
from reloadr.engine.registrations.places import Bag, Content, Names, Place, Slots, container, same
from reloadr.engine.registrations.reach import Reach
from reloadr.live import locate
from reloadr.live.kinds import is_heap_type
from reloadr.stage.journal import Journal
from reloadr.stage.steps import MISSING, TYPE


@dataclass(eq=False)
class Growth:
    """A container and what it held before and after some code ran."""

    place: Place
    before: Content
    after: Content

    def fresh(self) -> list[int]:
        """The indices, in what it holds after, of what was not there before: another key, another value at a key,
        another item."""
        if self.place.keyed:
            held = {id(key): value for key, value in self.before}
            if not self.place.open:
                return [at for at, (key, _) in enumerate(self.after) if id(key) not in held]
            return [at for at, (key, value) in enumerate(self.after) if held.get(id(key), self) is not value]
        if isinstance(self.place, Bag):
            ids = {id(value) for _, value in self.before}
            return [at for at, (_, value) in enumerate(self.after) if id(value) not in ids]
        return self._joined()

    def _joined(self) -> list[int]:
        """In a row one object may be there twice: it is the one that joined, at the end where that can be."""
        before, after = [id(each) for _, each in self.before], [id(each) for _, each in self.after]
        first = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
        first = min(len(before), len(after)) if first is None else first
        came = len(after) - len(before)
        if came > 0 and after[first + came :] == before[first:]:
            # All of it came at one place: `HOOKS.insert(0, f)`, where `f` is further down as well.
            return list(range(first, first + came))
        left = before[first:]
        found: list[int] = []
        for at in range(first, len(after)):
            # What stands in the way was put in before it.
            if after[at] in left:
                del left[: left.index(after[at]) + 1]
            else:
                found.append(at)
        return found


class Recording:
    """The containers that code may write to, as they are before it runs."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.before: list[tuple[Place, Content]] = [(place, place.read()) for place in reach.places]
        #: Of the places that something was taken out of since: what they held then.
        self.base: dict[int, Content] = {}
        self._known = {id(place.holder) for place in reach.places}

    def known(self, holder: object) -> Place | None:
        """The place that a container is."""
        return next((place for place, _ in self.before if place.holder is holder), None)

    def held(self, place: Place, before: Content) -> Content:
        """What a place held when the code was about to run."""
        return self.base.get(id(place), before)

    def without(self, gone: Collection[tuple[Place, int]]) -> None:
        """Takes entries out, by place and index: what code does from now on is told from what is left."""
        for place, content in self.before:
            out = {at for other, at in gone if other is place}
            if out:
                self.base[id(place)] = [entry for at, entry in enumerate(content) if at not in out]
                place.write(self.base[id(place)])

    def changed(self) -> list[Growth]:
        """The places that hold something else now."""
        found = [Growth(place, before, place.read()) for place, before in self.before]
        return [growth for growth in found if not same(growth.before, growth.after)]

    def growths(self) -> Iterator[Growth]:
        """Of these, the containers; also where one took another's place: `HANDLERS = HANDLERS + [f]`."""
        found = [Growth(place, self.held(place, before), place.read()) for place, before in self.before]
        for growth in found:
            if same(growth.before, growth.after):
                continue
            if growth.place.open or isinstance(growth.place, Slots):
                yield growth
            held = {id(key): each for key, each in growth.before if key is not None}
            for key, value in growth.after:
                was = held.get(id(key))
                if was is not None and was is not value and id(value) not in self._known and type(was) is type(value):
                    inner = (*growth.place.keys, key) if growth.place.open else growth.place.keys
                    step = "*" if growth.place.open else f"{key}" if isinstance(growth.place, Names) else f".{key}"
                    old = container(was, (), (), None)
                    new = container(value, (*growth.place.shape, step), inner, growth.place)
                    if old is not None and new is not None and _grown(old.read(), new.read()):
                        yield Growth(new, old.read(), new.read())

    def resume(self, earlier: Recording) -> None:
        """Takes what an earlier recording of some of these containers has seen for what they held before."""
        self.base = earlier.base
        known = {id(place.holder) for place, _ in earlier.before}
        self.before = [*earlier.before, *(each for each in self.before if id(each[0].holder) not in known)]

    def restore(self) -> None:
        """Puts everything back as it was."""
        self.base.clear()
        for growth in self.changed():
            growth.place.write(growth.before)


def _grown(before: Content, after: Content) -> bool:
    """Whether a container holds all that another held."""
    held = {(id(key), id(value)) for key, value in after}
    return all((id(key), id(value)) in held for key, value in before)


def take_back(place: Place, before: Content, after: Content) -> None:
    """Gives a container what it held before, whatever the program has put in or taken out since."""
    now = place.read()
    if same(now, before):
        # What else was noted of it has taken it back already.
        return
    if same(now, after):
        place.write(before)
        return
    if not place.keyed:
        place.write(_without_and_with(now, before, after))
        return
    # By identity: a key may say what it is equal to, or that it has no hash.
    held, left = {id(key): value for key, value in before}, {id(key): value for key, value in after}
    content = [
        (key, held.get(id(key), value) if left.get(id(key), place) is value else value)
        for key, value in now
        if id(key) in held or left.get(id(key), place) is not value
    ]
    known = {id(key) for key, _ in content}
    content += [entry for entry in before if id(entry[0]) not in left and id(entry[0]) not in known]
    order = {id(key): at for at, (key, _) in enumerate(before)}
    if order.keys() == {id(key) for key, _ in content}:
        content.sort(key=lambda entry: order[id(entry[0])])
    place.write(content)


def _without_and_with(now: Content, before: Content, after: Content) -> Content:
    was, became = [id(each) for _, each in before], [id(each) for _, each in after]
    content = list(now)
    for key in became:
        if min(became.count(key), sum(id(value) == key for _, value in content)) > was.count(key):
            at = next((at for at in reversed(range(len(content))) if id(content[at][1]) == key), None)
            if at is not None:
                del content[at]
    for at, entry in enumerate(before):
        key, held = id(entry[1]), [id(value) for _, value in content]
        if was.count(key) > max(became.count(key), held.count(key)):
            content.insert(min(at, len(content)), entry)
    return content


@contextmanager
def taken_back(journal: Journal, classes: Iterable[type]) -> Iterator[None]:
    """Attributes that code gives classes and their bases meanwhile, as a member does that is told its name, or an
    `__init_subclass__`, are taken back with the batch."""
    living = {id(each): each for cls in classes for each in locate.mro(cls) if is_heap_type(each)}
    before = [(each, dict(locate.class_dict(each))) for each in living.values()]
    try:
        yield
    finally:
        steps: list[tuple[type, str, object, object]] = []
        for each, held in before:
            now = locate.class_dict(each)
            names = [name for name in {**held, **now} if held.get(name, MISSING) is not now.get(name, MISSING)]
            steps += [(each, name, held.get(name, MISSING), now.get(name, MISSING)) for name in names]
        if steps:
            journal.on_undo.append(partial(_give_back, steps))


def _give_back(steps: list[tuple[type, str, object, object]]) -> None:
    """What is another by now was taken back already."""
    given = [each for each in steps if locate.class_dict(each[0]).get(each[1], MISSING) is each[3]]
    commit([(TYPE, cls, name, was) for cls, name, was, _ in given], MISSING)


__all__ = ["Growth", "Recording", "take_back", "taken_back"]
