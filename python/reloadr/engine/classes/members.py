"""Members of a plain class, put on the living class object."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType

from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes.kinds import is_method, onlookers
from reloadr.engine.evaluate.failures import rejected
from reloadr.stage.steps import MISSING


def settle_members(batch: Batch, work: Work, cls: type, bound: Mapping[str, object], line: int) -> None:
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
        hook = getattr(type(value), "__set_name__", None)
        if hook is not None and not isinstance(value, type):
            try:
                hook(value, cls, name)
            except Exception as error:
                nodes = work.outline.binders({name}, cls.__qualname__)
                node = nodes[-1] if nodes else work.outline.find(cls.__qualname__)[0]
                raise rejected(work, node, error) from error
    names = [name for name, value in bound.items() if not name.startswith("__") and not is_method(value)]
    for reader in onlookers(work, cls) if names else ():
        batch.findings.reason(
            "RL215", work.tracked, f"{cls.__qualname__}.{names[0]}", line, name=", ".join(names), reader=reader
        )


__all__ = ["settle_members"]
