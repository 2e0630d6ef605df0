"""A class made once more of its statement, for a plug-in that takes from it what the metaclass computed."""

from __future__ import annotations

import textwrap

from reloadr.engine.batch import Worlds
from reloadr.engine.evaluate.failures import compiled
from reloadr.engine.follow.readers import home_of
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.outlines import unit_of

__all__ = ["twin_of"]


def twin_of(worlds: Worlds, cls: type) -> type | None:
    """A class of the same statement, without its decorators; None where no single statement of a watched module,
    outside of other classes, is its. Nobody holds it but those whom its metaclass tells of it."""
    tracked = home_of(worlds.works, cls)
    if tracked is None:
        return None
    work = worlds.works.of(tracked)
    nodes = [node for node in work.outline.find(locate.qualname_of(cls)) if node.kind == "class" and not node.scopes]
    if len(nodes) != 1 or nodes[0].guards:
        return None
    node = nodes[0]
    worlds.flush()
    lines = textwrap.dedent(node.segment).splitlines(keepends=True)[node.def_line - node.line :]
    unit = unit_of(node)._replace(source="".join(lines), line=node.def_line)
    made: dict[str, object] = {}
    exec(compiled(work, node, unit), tracked.namespace, made)
    found = made.get(node.name or "")
    return found if is_a(found, type) else None
