"""Containers of the user's program, read and written past whatever their classes define.

A place is where something may be registered: a dict, list, set or deque, the attributes of an object, the cells of a
function, global names that a function binds. Its content is a list of keys and values; what is no mapping has no keys.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Iterable
from types import CellType, FunctionType, MemberDescriptorType
from typing import Any, cast

from reloadr._core import commit
from reloadr.judge.static import NOTHING, instance_namespace, stored
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage import type_caches
from reloadr.stage.steps import DICT, MISSING, Step

#: Keys and values. In a row or a bag, the key is None.
Content = list[tuple[object, object]]


class Place(ABC):
    """Where something may be registered. `shape` is the way there from a name, with a `*` for each key or index;
    `keys` are those keys."""

    #: Whether what is in it may be taken out: an attribute has no state without a value that could be known.
    open = True
    #: Whether it has keys.
    keyed = False

    def __init__(self, holder: Any, shape: tuple[str, ...], keys: tuple[object, ...], parent: Place | None) -> None:
        self.holder = holder
        self.shape = shape
        self.keys = keys
        self.parent = parent

    @abstractmethod
    def read(self) -> Content:
        """What it holds now."""

    @abstractmethod
    def write(self, content: Content) -> None:
        """Makes that its content, at once for other threads where Python allows it."""

    def told(self) -> str:
        """How a report calls it: `app.routes`, `handlers['start']`."""
        text, keys = "", list(self.keys)
        for each in self.shape:
            if each == "*":
                key = keys.pop(0) if keys else None
                text += f"[{key!r}]" if type(key) in (str, int) else "[...]"
            else:
                text += each if text else each.lstrip(".")
        return text


class Table(Place):
    """A dict of any kind."""

    keyed = True

    def read(self) -> Content:
        kind = OrderedDict if is_a(self.holder, OrderedDict) else dict
        return list(kind.items(self.holder))

    def write(self, content: Content) -> None:
        now = self.read()
        if is_a(self.holder, OrderedDict):
            self._write_ordered(now, content)
            return
        at = _common(now, content)
        steps: list[Step] = []
        if [id(key) for key, _ in now] == [id(key) for key, _ in content]:
            steps += [(DICT, self.holder, key, value) for key, value in content[at:]]
        else:
            steps += [(DICT, self.holder, key, MISSING) for key, _ in now[at:]]
            steps += [(DICT, self.holder, key, value) for key, value in content[at:]]
        commit(steps, MISSING)
        type_caches.forget_of_table(self.holder)

    def _write_ordered(self, now: Content, content: Content) -> None:
        kept = {id(key) for key, _ in content}
        for key, _ in now:
            if id(key) not in kept:
                OrderedDict.__delitem__(self.holder, key)
        for key, value in content:
            OrderedDict.__setitem__(self.holder, key, value)
            OrderedDict.move_to_end(self.holder, key)


class Row(Place):
    """A list or deque that definitions are registered in."""

    def read(self) -> Content:
        kind = deque if is_a(self.holder, deque) else list
        return [(None, value) for value in kind.__iter__(self.holder)]

    def write(self, content: Content) -> None:
        values = [value for _, value in content]
        if is_a(self.holder, deque):
            deque.clear(self.holder)
            deque.extend(self.holder, values)
        else:
            list.__setitem__(self.holder, slice(None), values)


class Bag(Place):
    """A set that definitions are registered in."""

    def read(self) -> Content:
        return [(None, value) for value in set.__iter__(self.holder)]

    def write(self, content: Content) -> None:
        wanted = {id(value): value for _, value in content}
        now = {id(value): value for _, value in self.read()}
        for key in now.keys() - wanted.keys():
            set.discard(self.holder, now[key])
        for key in wanted.keys() - now.keys():
            set.add(self.holder, wanted[key])


class Slots(Place):
    """The attributes that an object keeps itself."""

    open = False
    keyed = True

    def read(self) -> Content:
        found: Content = []
        for base in locate.mro(type(self.holder)):
            own = locate.class_dict(base)
            # What the interpreter's types have such descriptors for may be read-only.
            for name, held in list(own.items()) if "__slots__" in own else ():
                if type(held) is MemberDescriptorType:
                    value = stored(self.holder, name)
                    if value is not NOTHING:
                        found.append((name, value))
        found += (instance_namespace(self.holder) or {}).items()
        return found

    def write(self, content: Content) -> None:
        own = instance_namespace(self.holder)
        now, wanted = dict(self.read()), dict(content)
        for key in now.keys() | wanted.keys():
            if now.get(key, MISSING) is not wanted.get(key, MISSING):
                self._set(cast("dict[str, object] | None", own), cast(str, key), wanted.get(key, MISSING))

    def _set(self, own: dict[str, object] | None, name: str, value: object) -> None:
        held = next((c[name] for c in map(locate.class_dict, locate.mro(type(self.holder))) if name in c), None)
        if type(held) is MemberDescriptorType:
            if value is MISSING:
                held.__delete__(self.holder)
            else:
                held.__set__(self.holder, value)
        elif own is not None:
            commit([(DICT, own, name, value)], MISSING)


class Cells(Place):
    """The variables that a function captured."""

    open = False
    keyed = True
    holder: FunctionType

    def read(self) -> Content:
        found: Content = []
        for name, cell in self._cells().items():
            try:
                found.append((name, cell.cell_contents))
            except ValueError:
                continue
        return found

    def write(self, content: Content) -> None:
        now, cells = dict(self.read()), self._cells()
        for name, value in content:
            if now.get(name, MISSING) is not value and name in cells:
                cells[name].cell_contents = value

    def _cells(self) -> dict[str, CellType]:
        return dict(zip(self.holder.__code__.co_freevars, self.holder.__closure__ or (), strict=False))


class Names(Place):
    """Global names that functions bind."""

    open = False
    keyed = True

    def __init__(self, holder: dict[str, object], names: Iterable[str]) -> None:
        super().__init__(holder, (), (), None)
        self.names = set(names)

    def read(self) -> Content:
        return [(name, self.holder[name]) for name in sorted(self.names) if name in self.holder]

    def write(self, content: Content) -> None:
        wanted = dict(content)
        now = dict(self.read())
        steps: list[Step] = [
            (DICT, self.holder, name, wanted.get(name, MISSING))
            for name in self.names
            if wanted.get(name, MISSING) is not now.get(name, MISSING)
        ]
        commit(steps, MISSING)


class Frozen(Place):
    """A tuple or frozenset: what holds it gets another one."""

    def read(self) -> Content:
        assert self.parent is not None
        value = next((each for key, each in self.parent.read() if key is self.holder), None)
        return [(None, each) for each in value] if type(value) in (tuple, frozenset) else []  # type: ignore[attr-defined]

    def write(self, content: Content) -> None:
        assert self.parent is not None
        values = [value for _, value in content]
        self.parent.write(
            [
                (key, type(each)(values) if key is self.holder else each)  # type: ignore[call-arg]
                for key, each in self.parent.read()
            ]
        )


def container(value: object, shape: tuple[str, ...], keys: tuple[object, ...], parent: Place | None) -> Place | None:
    """The place that a plain container is; None for anything else."""
    kind = type(value)
    if issubclass(kind, dict):
        return Table(value, shape, keys, parent)
    if is_a(value, deque) and value.maxlen is not None:
        # What comes drives something out: it keeps the last ones, and registers nothing.
        return None
    if issubclass(kind, (list, deque)):
        return Row(value, shape, keys, parent)
    return Bag(value, shape, keys, parent) if issubclass(kind, set) else None


def plain_container(value: object) -> Place | None:
    """The place that a container of the interpreter's own is; None for anything else, of a class below one as well."""
    return container(value, (), (), None) if any(type(value) is kind for kind in (list, dict, set, deque)) else None


def same(before: Content, after: Content) -> bool:
    """Whether two contents hold the very same objects in the same order."""
    return len(before) == len(after) and all(a is c and b is d for (a, b), (c, d) in zip(before, after, strict=True))


def _common(now: Content, wanted: Content) -> int:
    return next(
        (
            at
            for at, (a, b) in enumerate(zip(now, wanted, strict=False))
            if not (operator.is_(a[0], b[0]) and operator.is_(a[1], b[1]))
        ),
        min(len(now), len(wanted)),
    )


__all__ = ["Bag", "Cells", "Content", "Frozen", "Names", "Place", "Row", "Slots", "Table", "container", "same"]
