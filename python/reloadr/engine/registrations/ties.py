"""What ties an entry of a registry to a definition: the function or class itself, its name, what its decorators said.

@on("start")
def first(): ...                   # handlers["start"][0] is `first`: tied by the key and by the object

An entry that the definition makes now and one that it made earlier are tied in the same ways: where the
one has what the definition is now, the other has what it was.
"""

from __future__ import annotations

import functools
import weakref
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from types import FunctionType, MethodType

from reloadr.engine.registrations.places import Slots, Table, container
from reloadr.live import locate
from reloadr.live.kinds import is_a

#: What is told by what it says, not by being the very object.
PLAIN = (str, bytes, int, float)
_DEEP = 5
_MANY = 300
#: So much of an entry is looked at; of a longer one it is not known what it is tied to.
_STEPS = 5_000
#: Where in an entry what was found stands, and what it is.
Ties = dict[str, frozenset[str]]


class Tokens:
    """What a definition can be told by, before an edit and after it; each pair has a label."""

    def __init__(self) -> None:
        self.was: set[int] = set()
        self.now: set[int] = set()
        self.before: dict[tuple[type, object], set[str]] = {}
        self.after: dict[tuple[type, object], set[str]] = {}
        self._kept: list[object] = []
        #: Whether an entry was too long to be looked through.
        self.cut = False

    def thing(self, *objects: object) -> None:
        """The definition itself, or what its decorators made of it."""
        self.became(objects, objects)
        for each in objects:
            # Who holds a definition weakly may tell it by its id.
            self.pair("id", id(each), id(each))

    def became(self, was: Collection[object], now: Collection[object]) -> None:
        """What was one thing, and what is another one now."""
        self.was.update(map(id, was))
        self.now.update(map(id, now))
        self._kept += [*was, *now]

    def same(self) -> bool:
        """Whether nothing that it can be told by has changed."""
        return bool(self.now or self.after) and self.was == self.now and self.before == self.after

    def pair(self, label: str, before: object, after: object) -> None:
        """A plain value that was one and is another; None where there is none."""
        for values, value in ((self.before, before), (self.after, after)):
            if type(value) in PLAIN:
                values.setdefault((type(value), value), set()).add(label)


def ties(value: object, keys: Iterable[object], tokens: Tokens, spine: Collection[int], *, old: bool) -> Ties:
    """How an entry is tied to a definition as it was, or as it is."""
    plain, things = (tokens.before, tokens.was) if old else (tokens.after, tokens.now)
    found: Ties = {}

    def note(path: str, each: object) -> None:
        if id(each) in things:
            found.setdefault(path, frozenset({"it"}))
        elif type(each) in PLAIN:
            labels = plain.get((type(each), each))
            if labels:
                found[path] = found.get(path, frozenset()) | labels
        elif id(type(each)) in things:
            found.setdefault(f"{path}<type>", frozenset({"it"}))

    steps = 0
    for way, start in [*((f"<{at}>", key) for at, key in enumerate(keys)), ("", value)]:
        for path, each in walk(start, way, spine):
            note(path, each)
            steps += 1
    tokens.cut |= steps >= _STEPS
    return found


def walk(value: object, path: str, spine: Collection[int]) -> Iterator[tuple[str, object]]:
    """What an entry holds, nearest first; not beyond what is there whoever is registered, nor beyond a bound."""
    seen: set[int] = set()
    todo = deque([(value, path, 0)])
    steps = 0
    while todo and len(seen) < _MANY and steps < _STEPS:
        steps += 1
        each, at, depth = todo.popleft()
        if is_a(each, weakref.ref):
            each = weakref.ref.__call__(each)
        yield at, each
        if id(each) in seen or depth > _DEEP or id(each) in spine:
            continue
        seen.add(id(each))
        todo += [(part, at + step, depth + 1) for step, part in islice(_parts(each), _STEPS)]


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if is_a(value, str, bytes, int, float, type):
        return
    if is_a(value, FunctionType):
        # A wrapper leads to what it wraps; a definition leads anywhere.
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=False):
            try:
                yield f"<{name}>", cell.cell_contents
            except ValueError:
                continue
        yield from [("<wrapped>", each) for name, each in value.__dict__.items() if name == "__wrapped__"]
    elif is_a(value, MethodType) or is_a(value, staticmethod) or is_a(value, classmethod):
        yield "<func>", value.__func__
    elif is_a(value, functools.partial):
        yield "<func>", value.func
        yield from (("<argument>", each) for each in (*value.args, *value.keywords.values()))
    elif is_a(value, tuple):
        yield from ((f"[{at}]", each) for at, each in enumerate(tuple.__iter__(value)))
    elif is_a(value, frozenset):
        yield from (("[*]", each) for each in frozenset.__iter__(value))
    else:
        place = container(value, (), (), None)
        for key, each in place.read()[:_MANY] if place is not None else ():
            if isinstance(place, Table):
                yield "{key}", key
            yield (f"[{key}]" if type(key) is str else "[*]"), each
        yield from _attributes(value)


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    if is_a(value, property):
        yield from (("<get>", value.fget), ("<set>", value.fset), ("<delete>", value.fdel))
    else:
        yield from ((f".{name}", each) for name, each in Slots(value, (), (), None).read())
        wrapped = locate.unwrap(value) if locate.is_cache(value) else ()
        yield from (("<wrapped>", each.function) for each in wrapped)


def nearest(found: Ties) -> str | None:
    """Where in an entry the definition itself stands, at the least depth."""
    return next((path for path, labels in found.items() if "it" in labels), None)


def holds_its_like(value: object, found: Ties, spine: Collection[int]) -> bool:
    """Whether an entry is a branch of a tree, in which others are registered as well: the node of `/things` in a router
    has that of `/things/{id}` among its children. Not where it is itself what was registered."""
    if "it" in found.get("", ()) or is_a(value, *PLAIN, tuple, frozenset, dict, list, set, type, FunctionType):
        return False
    parts = walk(value, "", spine)
    return any(type(each) is type(value) and each is not value and "[" in path for path, each in parts)


def alike(new: Ties, old: Ties) -> bool:
    """Whether an earlier entry is tied in each way that the one of now is."""
    return all(path in old and not labels.isdisjoint(old[path]) for path, labels in new.items())


__all__ = ["PLAIN", "Ties", "Tokens", "alike", "holds_its_like", "nearest", "ties", "walk"]
