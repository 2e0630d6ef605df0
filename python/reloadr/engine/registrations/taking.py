"""Taking a definition out of where it is registered, and telling where it stays.

handlers == {"start": [f, g]}      # `f` is taken out: {"start": [g]}
bus.on_start is f                  # stays: an attribute has no other value that could be known
"""

from __future__ import annotations

from reloadr.engine.registrations.places import Place, Slots, Table
from reloadr.engine.registrations.settling import Entry, Settling
from reloadr.engine.registrations.ties import Ties, holds_its_like, nearest, ties
from reloadr.live.kinds import is_a


def take_out(settling: Settling, *, everything: bool = False) -> bool:
    """Takes the entries of a definition out of all containers; `everything`: also what is tied to it by a name or key
    alone. Whether there were any."""
    found = suspects(settling) if everything else entries(settling)
    settling.recording.without([(entry.place, entry.at) for entry in found])
    settling.taken = found
    return bool(found)


def suspects(settling: Settling) -> list[Entry]:
    """All entries that are tied to a definition in any way: by itself, a name, what its decorators said."""
    found: list[Entry] = []
    spine = settling.recording.reach.spine
    for place, content in settling.recording.before:
        for at, (key, value) in enumerate(content):
            if not settling.may_go(place, key) or _is_within(place.shape) or id(value) in spine:
                continue
            within = is_a(value, dict, list, set)
            old = ties(None if within else value, () if key is None else (key,), settling.tokens, spine, old=True)
            old = {path: labels for path, labels in old.items() if is_direct(path)}
            if old and not (within and isinstance(place, Table)):
                found.append(Entry(place, at, key, value, old))
    return found


def entries(settling: Settling) -> list[Entry]:
    """What a definition is registered as: entries of containers that hold it, its wrapper, or what was made of it."""
    found: list[Entry] = []
    for place, content in settling.recording.before:
        for at, (key, value) in enumerate(content):
            if not settling.may_go(place, key) or _is_within(place.shape):
                continue
            old = _ties(settling, place, key, value)
            path = nearest(old)
            if path is None or not is_direct(path) or _is_structure(settling, value):
                continue
            if not holds_its_like(value, old, _spine(settling)):
                found.append(Entry(place, at, key, value, old))
    return found


def stays(settling: Settling, *, by_name: bool = True) -> list[str]:
    """Where a definition stays, as reports call it: attributes that hold it, and what holds its name."""
    found: list[str] = []
    taken = {(id(entry.place), entry.at) for entry in settling.taken}
    for place, content in settling.recording.before:
        for at, (key, value) in enumerate(content):
            if (id(place), at) in taken or is_a(value, dict, list, set):
                continue
            old = _ties(settling, place, key, value, name=place.open)
            if isinstance(place, Slots) and "*" not in place.shape and "it" in old.get("", ()):
                if not settling.may_go(place, key):
                    found.append(f"{place.told()}.{key}")
            elif by_name and place.open and _by_name(old):
                found.append(place.told())
    return list(dict.fromkeys(found))


def _by_name(found: Ties) -> bool:
    return any(path.count(".") <= 1 and "it" not in labels for path, labels in found.items())


def _ties(settling: Settling, place: Place, key: object, value: object, *, name: bool = False) -> Ties:
    keys = (*place.keys, key) if isinstance(place, Table) else place.keys
    found = ties(
        value, keys if name or not isinstance(place, Table) else (key,), settling.tokens, _spine(settling), old=True
    )
    wanted = {"it", "name"} if name else {"it"}
    return {path: labels & wanted for path, labels in found.items() if labels & wanted}


def _spine(settling: Settling) -> set[int]:
    return settling.recording.reach.spine


def is_direct(path: str) -> bool:
    """Whether what stands there is what the entry is about: the object itself, under wrappers, in a tuple, or in one
    attribute of it."""
    return path.count(".") <= 1 and "*" not in path and "{key}" not in path and "[" not in path.partition(".")[2]


def _is_structure(settling: Settling, value: object) -> bool:
    """Whether a value is part of the registry itself."""
    return id(value) in _spine(settling) or is_a(value, dict, list, set)


def _is_within(shape: tuple[str, ...]) -> bool:
    """Whether a place belongs to an entry: what others' entries are made of is theirs."""
    return "*" in shape and any(step.startswith(".") for step in shape[shape.index("*") :])


__all__ = ["entries", "is_direct", "stays", "suspects", "take_out"]
