"""Members of a plain class, put on the living class object."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes import collectors, naming
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.evaluate.failures import rejected
from reloadr.live.kinds import is_a
from reloadr.report.findings import NeedsRestart
from reloadr.report.refusals import RL301
from reloadr.stage.steps import MISSING


def settle_members(batch: Batch, work: Work, node: Node, bound: Mapping[str, object]) -> None:
    """What `type.__new__` does with what `node` of a class body binds, for a class that lives already."""
    space = batch.worlds.space_of(work, node)
    cls = space.owner
    assert is_a(cls, type)
    for name, value in bound.items():
        if value is MISSING:
            continue
        if is_a(value, FunctionType):
            if name in ("__init_subclass__", "__class_getitem__"):
                batch.stage.set(space, name, classmethod(value))
            elif name == "__new__":
                batch.stage.set(space, name, staticmethod(value))
        hook = collectors.hook_of(value)
        try:
            with batch.around(batch, work, node.scopes[0], hook.__code__) if hook is not None else nullcontext():
                naming.tell(batch.stage, batch.journal, cls, name, value)
        except Exception as error:
            raise rejected(work, node, error) from error
        if collectors.untold(cls, value):
            _is_told(batch.works, work, cls, node.scopes[-1], name, value)


def _is_told(works: Works, work: Work, cls: type, statement: Node, name: str, value: object) -> None:
    """A member that whoever collects members tells its name. Raises NeedsRestart where it cannot be told again."""
    found = collectors.collectors(work, cls, statement)
    if found and not (collectors.are_confined(works, found, {name: value}) and not is_generated(cls)):
        why = f"{found[0].label} tells it its name when the class is made"
        raise NeedsRestart(RL301(name=f"{cls.__qualname__}.{name}", why=why))


__all__ = ["settle_members"]
