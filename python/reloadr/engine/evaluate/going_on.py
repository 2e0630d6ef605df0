"""What a line goes on from that binds a name anew which an import has given, with `*` or by name.

from base import *
APPS = APPS + ["own"]              # goes on from the `APPS` of `base`, and not from its own
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.live.origin import absolute
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

__all__ = ["given_above"]


def given_above(works: Works, stage: Stage, work: Work, node: Node, *, old: bool = False) -> dict[str, object]:
    """The names that an assignment of a module reads and binds, and that imports alone bind above it, with what these
    give; `old`: gave."""
    if node.kind != "assignment" or node.scopes:
        return {}
    found: dict[str, object] = {}
    for name in set(node.binds) & set(node.reads):
        above = [each for each in work.outline.binders({name}, "") if each.line < node.line]
        if node.guards or any(each.kind != "from" or each.guards for each in above):
            continue
        for source, imported, bound, line in work.outline.imported():
            if line < node.line and (imported == "*" or (bound == name and imported not in ("", "as"))):
                value = _value(works, stage, work, source, name if imported == "*" else imported, old=old)
                found |= {name: value} if value is not MISSING else {}
    return found


def _value(works: Works, stage: Stage, work: Work, source: str, name: str, *, old: bool) -> object:
    """What another module has under a name, or had before the batch."""
    try:
        module = sys.modules.get(absolute(work.tracked.namespace, source))
    except ImportError:
        return MISSING
    if module is None:
        return MISSING
    home = works.namespaces.get(id(module.__dict__))
    staged: Mapping[str, object] = works.of(home).space.stage if home is not None else {}
    first = stage.before.get(id(module.__dict__), {}) if old else staged
    return first[name] if name in first else module.__dict__.get(name, MISSING)
