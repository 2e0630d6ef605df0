"""Attributes of a function, and the copies of them that its wrappers hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType

from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, MISSING


def set_attributes(stage: Stage, found: locate.Found, after: Mapping[str, object]) -> None:
    """Attributes of a function, and the copies of them that its wrappers hold."""
    function = found.function
    before = {name: getattr(function, name, None) for name in after}
    for name, value in after.items():
        stage.steps.append((ATTR, function, name, value))
    for wrapper in found.wrappers:
        _copies(stage, wrapper, before, after)


def _copies(stage: Stage, wrapper: object, before: Mapping[str, object], after: Mapping[str, object]) -> None:
    """`functools.wraps` and descriptors copy these attributes when they are made."""
    for name, value in after.items():
        if is_a(wrapper, FunctionType, property):
            held = getattr(wrapper, name, MISSING)
            writable = True
        else:
            # What stands for another object, as a proxy does, has no own ones.
            held = (locate.attributes_of(wrapper) or {}).get(name, MISSING)
            writable = held is not MISSING
        if writable and held is not MISSING and (held is before[name] or held == before[name]):
            if is_a(wrapper, property) and name != "__doc__":
                continue
            stage.steps.append((ATTR, wrapper, name, value))
