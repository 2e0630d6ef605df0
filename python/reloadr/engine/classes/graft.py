"""The living class object stays, and takes over what differs from the one that was built anew."""

from __future__ import annotations

import gc
import types
from functools import partial

from reloadr.engine.batch import Works
from reloadr.engine.classes import metaclasses
from reloadr.engine.classes.bases import set_bases
from reloadr.engine.classes.forms import cells_of, first_forms
from reloadr.engine.classes.kinds import OWN, is_model, slots_of
from reloadr.engine.classes.layout import same_solid
from reloadr.engine.classes.taking import Taking
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CELL, MISSING, TYPE


def why_not(works: Works, stage: Stage, old: type, made: type) -> str:
    """Why the new class cannot be grafted onto the old one; "" if it can."""
    if type(made) is not type(old) and not metaclasses.exchangeable(works, stage, old, type(made)):
        return f"its metaclass is {type(made).__name__} now"
    if is_model(old):
        return "its generated parts refer to the new class"
    if (made.__basicsize__, made.__itemsize__, made.__dictoffset__, made.__weakrefoffset__) != (
        old.__basicsize__,
        old.__itemsize__,
        old.__dictoffset__,
        old.__weakrefoffset__,
    ):
        return "its instances have another layout"
    if slots_of(made) != slots_of(old):
        return "its slots changed"
    if issubclass(old, tuple) and getattr(old, "_fields", None) != getattr(made, "_fields", None):
        return "its fields changed"
    if made.__bases__ != old.__bases__ and not same_solid(old, made.__bases__):
        return "its bases have another layout"
    return ""


def graft(taking: Taking, made: type) -> None:
    """Stages what the living class takes over, and what it loses."""
    batch, cls = taking.batch, taking.cls
    old, new = locate.class_dict(cls), locate.class_dict(made)
    twins = retarget(batch.stage, cls, made)
    metaclasses.exchange(batch.works, batch.stage, cls, type(made))
    if made.__bases__ != cls.__bases__:
        set_bases(batch.stage, cls, made.__bases__)
    for name, value in list(new.items()):
        if name not in OWN:
            taking.take(name, old.get(name, MISSING), value)
    for name in list(old):
        if name not in new and name not in OWN and taking.went(name):
            batch.stage.set(batch.stage.class_space(cls), name, MISSING)
    for twin in twins:
        _align(batch.stage, cls, twin)
    forget(batch.journal, cls, made)


def _align(stage: Stage, cls: type, twin: type) -> None:
    """Gives the first form of a class that was made twice (`dataclass(slots=True)`) the functions of the second."""
    space = stage.class_space(cls)
    for name, value in list(locate.class_dict(twin).items()):
        final = space.get(name)
        if name not in OWN and final is not MISSING and final is not value and not is_a(value, type):
            if not is_a(final, types.MemberDescriptorType):
                stage.steps.append((TYPE, twin, name, final))


def retarget(stage: Stage, cls: type, made: type) -> list[type]:
    """Points `__class__` in the new class's functions at the class that lives. Returns the other classes of that
    name which they refer to."""
    seen: set[int] = set()
    own = locate.own_dict(made)
    for cell, content in cells_of(made):
        if content is own and id(cell) not in seen:
            seen.add(id(cell))
            stage.steps.append((CELL, cell, None, locate.own_dict(cls)))
        elif content is made and id(cell) not in seen:
            seen.add(id(cell))
            stage.steps.append((CELL, cell, None, cls))
    return first_forms(made)


def forget(journal: Journal, cls: type, made: type) -> None:
    """Once the batch is live, takes the new class out of registries that it entered: they hold the living one
    already, or get it instead."""
    journal.afterwards.append(partial(purge, cls, made))


def purge(cls: type, made: type) -> None:
    """Containers that hold the class that was built anew get the living one."""
    for holder in gc.get_referrers(made):
        if is_a(holder, list):
            _replace_in_list(holder, made, cls)
        elif is_a(holder, set):
            holder.discard(made)
            holder.add(cls)
        elif is_a(holder, dict):
            _replace_in_dict(holder, made, cls)


def _replace_in_list(holder: list[object], made: type, cls: type) -> None:
    if any(each is cls for each in holder):
        holder[:] = [each for each in holder if each is not made]
    else:
        holder[:] = [cls if each is made else each for each in holder]


def _replace_in_dict(holder: dict[object, object], made: type, cls: type) -> None:
    for key, value in list(holder.items()):
        if value is made:
            holder[key] = cls
        if key is made:
            holder[cls] = holder.pop(made)


__all__ = ["forget", "graft", "purge", "retarget", "why_not"]
