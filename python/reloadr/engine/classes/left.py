"""Instances of a class that has another in its place, and who keeps them when what makes them has run again.

class Point(NamedTuple): ...           # has another field: another class
ORIGIN = Point(0)                      # made anew: the earlier one is kept for `undo` alone
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr.engine.batch import Batch
from reloadr.live.kept import is_kept
from reloadr.live.kinds import is_a

__all__ = ["kept"]

#: Beyond so many nobody asks one by one who keeps them.
_MANY = 500


def kept(batch: Batch, living: list[object]) -> list[object]:
    """The instances that something holds beside what the batch has given another value."""
    if len(living) > _MANY:
        return living
    containers: list[object] = []
    names: dict[int, int] = {}
    for value in _given_way(batch):
        names[id(value)] = names.get(id(value), 0) + 1
        if type(value) in (list, tuple, dict) and names[id(value)] == 1:
            containers.append(value)
        del value
    # What such a container holds is given way with it, unless somebody else has the container.
    within: dict[int, int] = {}
    at = 0
    while at < len(containers) < _MANY:
        known = names.get(id(containers[at]), 0) + within.get(id(containers[at]), 0)
        if not is_kept([containers[at]], names=known + 1):
            for each in _items(containers[at]):
                within[id(each)] = within.get(id(each), 0) + 1
                if type(each) in (list, tuple, dict) and id(each) not in names and within[id(each)] == 1:
                    containers.append(each)
                del each
        at += 1
    found: list[int] = []
    for at in range(len(living)):
        known = names.get(id(living[at]), 0) + within.get(id(living[at]), 0)
        if not known or is_kept([living[at]], names=known + 1):
            found.append(at)
    return [living[at] for at in found]


def _given_way(batch: Batch) -> Iterator[object]:
    """What names meant that mean something else now, and once more for each step that would take it back."""
    for owner, before in batch.stage.before.items():
        space = batch.stage.spaces[owner]
        for name, value in before.items():
            if space.get(name) is not value:
                yield value
        for name in before:
            yield from (value for value in batch.stage.trail.get((owner, name), ()) if space.get(name) is not value)
    for _, _, _, value in (step for steps in batch.journal.commits for step in steps):
        yield value


def _items(container: object) -> list[object]:
    if is_a(container, dict):
        return list(container.values())
    return list(container) if is_a(container, list, tuple) else []
