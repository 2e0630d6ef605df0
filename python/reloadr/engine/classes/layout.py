"""Whether instances of two classes look the same in memory."""

from __future__ import annotations

from reloadr.live import locate
from reloadr.live.kinds import is_heap_type


def movable(old: type, new: type) -> bool:
    """Whether an instance of one class can become one of the other."""
    layout = ("__basicsize__", "__itemsize__", "__dictoffset__", "__weakrefoffset__")
    if any(getattr(old, name) != getattr(new, name) for name in layout):
        return False
    if hasattr(old, "__del__") or _solid(old) not in (_solid(new), old):
        return False
    # The interpreter's own word, on an instance that nobody sees: no code of the user's runs.
    try:
        probe: object = object.__new__(old)
        object.__setattr__(probe, "__class__", new)
    except TypeError:
        return False
    return True


def same_layout(cls: type, bases: tuple[type, ...]) -> bool:
    """Whether instances of a class would look the same in memory with other bases."""
    if "__slots__" in locate.class_dict(cls) or not same_solid(cls, bases):
        return False
    for base in bases:
        if base.__basicsize__ > cls.__basicsize__ or base.__itemsize__ != cls.__itemsize__:
            return False
        for name in ("__dictoffset__", "__weakrefoffset__"):
            if getattr(base, name) and getattr(base, name) != getattr(cls, name):
                return False
    return True


def same_solid(cls: type, bases: tuple[type, ...]) -> bool:
    have = {_solid(base) for base in cls.__bases__} - {object}
    return have == {_solid(base) for base in bases} - {object}


def _solid(cls: type) -> type:
    """The class that gives instances their layout: the nearest one that adds fields."""
    for base in cls.__mro__:
        slots = locate.class_dict(base).get("__slots__")
        if not is_heap_type(base) or slots not in (None, (), [], ""):
            return base
    return object


__all__ = ["movable", "same_layout", "same_solid"]
