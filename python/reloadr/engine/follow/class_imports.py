"""What class bodies import: names of a class that follow those of the module they come from, as names of modules do.

class Page:
    from conf import SIZE          # `SIZE` changed in conf: rebound in the class, and what reads it there is due
    size: int = SIZE
"""

from __future__ import annotations

from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Work, Works
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.follow import made_anew
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.readers import imports_in_classes
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import below_scope
from reloadr.stage.steps import MISSING


def rebind(following: Derivation, tracked: Tracked, name: str, old: object, new: object) -> None:
    """`from module import name` in class bodies: the class has what the name means now."""
    batch = following.batch
    for work, node, local, bound in list(imports_in_classes(batch.works, tracked, name)):
        if local != bound or following.walk(work).liveness(node) != "live" or batch.agenda.has_run(work.tracked, node):
            continue
        space = batch.worlds.find_space(work, node)
        if space is None:
            continue
        if is_a(space.owner, type) and is_generated(space.owner):
            made_anew.rebuild(following, work, node, space.owner)
        trail = batch.stage.trail.get((id(tracked.namespace), name), [])
        held = space.get(bound)
        if held is not MISSING and held is not new and any(held is each for each in (old, *trail)):
            batch.stage.set(space, bound, new)
            qualname = below_scope(node.qualname, bound)
            batch.findings.change("rebind", work.tracked, qualname, node.line, f"from {tracked.name}")


def readers(works: Works, tracked: Tracked, name: str) -> Iterator[tuple[Work, Node, set[str]]]:
    """Statements of class bodies that read a name of a module which the body imports."""
    for work, node, local, _ in imports_in_classes(works, tracked, name):
        scope = node.scopes[-1]
        for reader in work.outline.readers({local}):
            if reader.scopes and reader.scopes[-1] == scope and reader.line > node.line:
                yield work, reader, {local}
