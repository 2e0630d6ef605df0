"""Where each proxy comes from: the statement or definition that makes what it stands for."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

from reloadr.live.proxy import Cell, holder_of

__all__ = ["Place", "has_place", "note_place", "place_for"]


@dataclass(frozen=True, slots=True)
class Place:
    """A statement or definition that makes a callable, and the names that it binds."""

    module: str
    names: tuple[str, ...]
    #: Whether what `autoreload` hands back is what the name gets, and not a part of it.
    is_bound: bool


_places: weakref.WeakKeyDictionary[Cell, Place] = weakref.WeakKeyDictionary()


def note_place(proxy: object, place: Place) -> None:
    """From now on a proxy, and those that share its cell, come from this place."""
    _places[holder_of(proxy).cell] = place


def has_place(proxy: object) -> bool:
    """Whether it is known where a proxy comes from."""
    return holder_of(proxy).cell in _places


def place_for(proxy: object) -> Place | None:
    """Where a proxy comes from."""
    return _places.get(holder_of(proxy).cell)
