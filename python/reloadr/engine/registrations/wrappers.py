"""What decorators made of a function before becomes what they make of it now, for whoever holds the earlier wrapper."""

from __future__ import annotations

from types import FunctionType

from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CODE


def follow(stage: Stage, old: object, new: object, living: FunctionType) -> None:
    """Gives an earlier wrapper the code, the variables and the defaults of the one that was made now.

    pay = validated(pay)               # `hints` of the earlier wrapper are those of the old signature
    """
    if old is new or old is living or not is_a(old, FunctionType) or not is_a(new, FunctionType) or new is living:
        return
    if old.__code__.co_qualname != new.__code__.co_qualname or old.__globals__ is not new.__globals__:
        return
    stage.steps.append((CODE, old, None, (new.__code__, new.__closure__)))
    stage.steps.append((ATTR, old, "__defaults__", new.__defaults__))
    stage.steps.append((ATTR, old, "__kwdefaults__", new.__kwdefaults__))


__all__ = ["follow"]
