"""Whether an object is held by more than names: then another in its place would not be what its holders have."""

from __future__ import annotations

import sys
from types import ModuleType

from reloadr._core import references


def is_kept(box: list[object], *, names: int = 0) -> bool:
    """Whether something beside names of modules, and `names` others, holds what is in a box that holds it alone."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            for each in list(module.__dict__.values()):
                names += each is box[0]
    module = each = None
    return references(box[0]) > names + _ALONE


def _alone() -> int:
    # Written as above: what a call itself holds is another number for names, cells and items, by version.
    box = [object()]
    return references(box[0])


_ALONE = _alone()
