"""What the interpreter and `abc` compute of all members of a class: computed again when members or bases are others.

class Shape(ABC):
    @abstractmethod
    def area(self): ...            # removed: neither `Shape` nor any class below it is abstract any more

What is computed here is taken from the difference between the members before and after: what a program changed at run
time beside its source stays as it left it.
"""

from __future__ import annotations

import abc
from typing import cast

from reloadr.engine.batch import Works, Worlds
from reloadr.engine.classes import metaclasses
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, MISSING

_ABSTRACT = "__abstractmethods__"
_NONE: frozenset[str] = frozenset()


def settle(worlds: Worlds) -> None:
    """Completes what is staged for classes, before it is committed."""
    touched = [space.owner for space in list(worlds.stage.spaces.values()) if is_a(space.owner, type)]
    for cls in touched:
        _settle_hash(worlds.works, worlds.stage, cls)
    if touched:
        _settle_abstract(worlds, touched)


def _settle_hash(works: Works, stage: Stage, cls: type) -> None:
    """A class that defines `__eq__` and no `__hash__` has none; one that stops defining it has its base's again."""
    changed = stage.before.get(id(cls), {})
    if "__eq__" not in changed and "__hash__" not in changed:
        return
    space = stage.class_space(cls)
    compares, has = space.get("__eq__") is not MISSING, space.get("__hash__")
    if compares and has is MISSING:
        stage.set(space, "__hash__", None)
    elif not compares and has is None and "__eq__" in changed and not _binds(works, cls, "__hash__"):
        stage.set(space, "__hash__", MISSING)


def _binds(works: Works, cls: type, name: str) -> bool:
    """Whether the new source of a class binds a member of this name."""
    for work in works.by_name.values():
        nodes = work.outline.find(locate.qualname_of(cls)) if locate.made_in(cls, work.tracked.name) else []
        if nodes:
            return any(name in member.binds or name == member.name for node in nodes for member in node.members)
    return False


# ---- abstract methods ---------------------------------------------------------------------------------


def _settle_abstract(worlds: Worlds, touched: list[type]) -> None:
    """`__abstractmethods__` of these classes and of those below them."""
    before, after = _Before(worlds), _After(worlds)
    affected = {id(each): each for cls in touched for each in (cls, *locate.subclasses(cls))}
    for cls in sorted(affected.values(), key=lambda each: len(after.mro(each))):
        if not after.is_abc(cls):
            continue
        names = _changed(worlds.stage, before, after, cls)
        if names:
            was = before.own(cls, _ABSTRACT)
            stored = was if is_a(was, frozenset) else _NONE
            then, now = before.abstract(cls, names), after.abstract(cls, names)
            final = (stored - (then - now)) | (now - then)
            if final != after.stored(cls):
                worlds.stage.set(worlds.stage.class_space(cls), _ABSTRACT, final)


def _changed(stage: Stage, before: _World, after: _World, cls: type) -> set[str]:
    """The members that may have become abstract, or stopped being so, in a class."""
    names: set[str] = set()
    for base in {id(each): each for each in (*before.mro(cls), *after.mro(cls))}.values():
        names.update(stage.before.get(id(base), ()))
        if before.bases(base) != after.bases(base):
            names.update(*(world.stored(each) for world in (before, after) for each in world.mro(base)))
    if not before.is_abc(cls):
        names.update(locate.class_dict(cls))
    return names


class _World(abc.ABC):
    """Classes as they are at one moment."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        #: Bases that are others than now, by the id of the class.
        self._bases: dict[int, tuple[type, ...]] = {}

    @abc.abstractmethod
    def own(self, cls: type, name: str) -> object:
        """A member that a class has itself; MISSING if none."""

    @abc.abstractmethod
    def is_abc(self, cls: type) -> bool:
        """Whether `abc` makes the class."""

    def bases(self, cls: type) -> tuple[type, ...]:
        """The direct bases of a class."""
        return self._bases.get(id(cls)) or locate.bases_of(cls)

    def mro(self, cls: type) -> tuple[type, ...]:
        """The order in which a class and its bases are searched."""
        known = locate.mro(cls)
        if not any(id(each) in self._bases for each in known):
            return known
        bases = self.bases(cls)
        return (cls, *_merged([*(list(self.mro(base)) for base in bases), list(bases)]))

    def stored(self, cls: type) -> frozenset[str]:
        """The abstract methods that a class notes."""
        value = self.own(cls, _ABSTRACT)
        return value if is_a(value, frozenset) else _NONE

    def abstract(self, cls: type, names: set[str]) -> frozenset[str]:
        """Which of some names `abc` would note for a class as abstract."""
        if not self.is_abc(cls):
            return _NONE
        found = {name for name in names if self.is_abstract(cls, name)}
        for name in names.intersection(each for base in self.bases(cls) for each in self.stored(base)):
            holder = next((each for each in self.mro(cls) if self.own(each, name) is not MISSING), None)
            if holder is not None and self.is_abstract(holder, name):
                found.add(name)
        return frozenset(found)

    def is_abstract(self, cls: type, name: str) -> bool:
        """Whether a member that a class has itself is marked as abstract."""
        return bool(getattr(self.own(cls, name), "__isabstractmethod__", False))


class _After(_World):
    """Classes as they will be."""

    def __init__(self, worlds: Worlds) -> None:
        super().__init__(worlds)
        for kind, target, key, new in worlds.stage.steps:
            if kind == CLASS and key == "__bases__":
                self._bases[id(target)] = cast("tuple[type, ...]", new)

    def own(self, cls: type, name: str) -> object:
        space = self._worlds.stage.spaces.get(id(cls))
        return locate.class_dict(cls).get(name, MISSING) if space is None else space.get(name)

    def is_abc(self, cls: type) -> bool:
        return issubclass(metaclasses.current(self._worlds.stage, cls), abc.ABCMeta)


class _Before(_World):
    """As they were before the batch, which may have committed a part of itself already."""

    def __init__(self, worlds: Worlds) -> None:
        super().__init__(worlds)
        self._metas: dict[int, object] = {}
        for steps in worlds.journal.commits:
            for kind, target, key, old in steps:
                if kind == CLASS and key == "__bases__":
                    self._bases.setdefault(id(target), cast("tuple[type, ...]", old))
                elif kind == CLASS and key == "__class__":
                    self._metas.setdefault(id(target), old)

    def own(self, cls: type, name: str) -> object:
        before = self._worlds.stage.before.get(id(cls), {})
        return before[name] if name in before else locate.class_dict(cls).get(name, MISSING)

    def is_abstract(self, cls: type, name: str) -> bool:
        space = self._worlds.stage.spaces.get(id(cls))
        if space is not None and self.is_abc(cls) and space.get(name) is self.own(cls, name):
            # Decorators that saw it again may have marked the very object.
            return name in self.stored(cls)
        return super().is_abstract(cls, name)

    def is_abc(self, cls: type) -> bool:
        meta = self._metas.get(id(cls), type(cls))
        return is_a(meta, type) and issubclass(meta, abc.ABCMeta)


def _merged(orders: list[list[type]]) -> list[type]:
    """One order that keeps to all of them; ends early where there is none, which the interpreter refuses then."""
    found: list[type] = []
    while orders := [order for order in orders if order]:
        later = {id(each) for order in orders for each in order[1:]}
        first = next((order[0] for order in orders if id(order[0]) not in later), None)
        if first is None:
            break
        found.append(first)
        orders = [order[1:] if order[0] is first else order for order in orders]
    return found


__all__ = ["settle"]
