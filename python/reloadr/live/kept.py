"""Whether an object is held by more than names: then another in its place would not be what its holders have."""

from __future__ import annotations

import sys
from types import ModuleType

from reloadr._core import references


def is_kept(box: list[object], *, names: int = 0) -> bool:
    """Whether something beside names of modules, and `names` others, holds what is in a box that holds it alone."""
    value = box[0]
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            names += sum(each is value for each in list(module.__dict__.values()))
    del module
    return references(value) > names + _ALONE


def _alone() -> int:
    box = [object()]
    value = box[0]
    return references(value)


_ALONE = _alone()
