"""Members of a plain class, put on the living class object."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import FunctionType

from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import collectors, naming
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.evaluate.failures import rejected
from reloadr.report.findings import NeedsRestart
from reloadr.report.refusals import RL301
from reloadr.stage.steps import MISSING


def settle_members(batch: Batch, work: Work, cls: type, bound: Mapping[str, object]) -> None:
    """What `type.__new__` does with what a class body binds, for a class that lives already."""
    space = batch.stage.class_space(cls)
    for name, value in bound.items():
        if value is MISSING:
            continue
        if isinstance(value, FunctionType):
            if name in ("__init_subclass__", "__class_getitem__"):
                batch.stage.set(space, name, classmethod(value))
            elif name == "__new__":
                batch.stage.set(space, name, staticmethod(value))
        hook = collectors.hook_of(value)
        nodes = work.outline.binders({name}, cls.__qualname__) or work.outline.find(cls.__qualname__)
        top = nodes[-1].scopes[0] if nodes[-1].scopes else nodes[-1]
        try:
            with batch.around(batch, work, top, hook.__code__) if hook is not None else nullcontext():
                naming.tell(batch, cls, name, value)
        except Exception as error:
            raise rejected(work, nodes[-1], error) from error
        if collectors.untold(cls, value):
            _is_told(batch, work, cls, name, value)


def _is_told(batch: Batch, work: Work, cls: type, name: str, value: object) -> None:
    """A member that whoever collects members tells its name. Raises NeedsRestart where it cannot be told again."""
    node = next((node for node in work.outline.find(cls.__qualname__) if node.kind == "class"), None)
    found = collectors.collectors(work, cls, node) if node is not None else []
    if found and not (collectors.are_confined(batch, found, {name: value}) and not is_generated(cls)):
        why = f"{found[0].label} tells it its name when the class is made"
        raise NeedsRestart(RL301(name=f"{cls.__qualname__}.{name}", why=why))


__all__ = ["settle_members"]
