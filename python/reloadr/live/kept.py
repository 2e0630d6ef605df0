"""Whether an object is held by more than names: then another in its place would not be what its holders have."""

from __future__ import annotations

import sys
from types import ModuleType

from reloadr._core import references
from reloadr.live.kinds import is_a


def is_kept(box: list[object], *, names: int = 0) -> bool:
    """Whether something beside names of modules, and `names` others, holds what is in a box that holds it alone."""
    for module in list(sys.modules.values()):
        if is_a(module, ModuleType):
            names += _count(list(module.__dict__.values()), box)
    # It may be what is asked about.
    del module
    return references(box[0]) > names + _ALONE


def _count(values: list[object], box: list[object]) -> int:
    """How many of these are what is in a box."""
    count = 0
    for each in values:
        count += each is box[0]
    return count


def _alone() -> int:
    # Written as above: what a call itself holds is another number for names, cells and items, by version.
    box = [object()]
    return references(box[0])


_ALONE = _alone()
