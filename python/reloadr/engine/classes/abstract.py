"""What `abc` computed for a class, when its members or bases change."""

from __future__ import annotations

import abc
from functools import partial

from reloadr.engine.batch import Batch
from reloadr.engine.classes import metaclasses
from reloadr.live import locate
from reloadr.stage.steps import MISSING


def settle_abstract(batch: Batch, cls: type) -> None:
    """What `abc` computes for a class when its members or bases changed, for its subclasses too."""
    if not issubclass(metaclasses.current(batch, cls), abc.ABCMeta):
        return
    space = batch.stage.class_space(cls)
    merged = {**space.live, **space.stage}
    names = {name for name, value in merged.items() if getattr(value, "__isabstractmethod__", False)}
    for base in cls.__mro__[1:]:
        for name in getattr(base, "__abstractmethods__", ()):
            value = merged.get(name, MISSING)
            value = getattr(cls, name, None) if value is MISSING and name not in space.stage else value
            if getattr(value, "__isabstractmethod__", False):
                names.add(name)
    if frozenset(names) != getattr(cls, "__abstractmethods__", frozenset()):
        batch.stage.set(space, "__abstractmethods__", frozenset(names))
    for each in [cls, *locate.subclasses(cls)]:
        # With the bases that it has by then.
        batch.journal.afterwards.append(partial(abc.update_abstractmethods, each))
        batch.journal.on_undo.append(partial(abc.update_abstractmethods, each))
