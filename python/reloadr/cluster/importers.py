"""Which modules may have a part in what others compute: those that import them, at whatever remove."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType

from reloadr.session.session import Session

__all__ = ["importers"]


def importers(owner: Session, changed: Iterable[str]) -> set[str]:
    """Some modules, and the watched ones that may call what is in them: whose text mentions their names."""
    found, todo = set(changed), list(changed)
    with owner.held():
        while todo:
            last = todo.pop().rpartition(".")[2]
            fresh = {each.name for each in owner.tracked.mentioning([last])} - found
            found |= fresh
            todo += fresh
    return {name for name in found if isinstance(sys.modules.get(name), ModuleType)}
