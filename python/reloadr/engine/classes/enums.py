"""Enumerations: the living one takes over what differs, and members that stay are the same objects.

class Color(Enum):
    RED = 1                        # the object that programs compare with: stays, whatever joins it
    BLUE = 2                       # added: becomes a member of the living class
"""

from __future__ import annotations

import enum
from typing import Any

from reloadr.engine.classes.bases import set_bases
from reloadr.engine.classes.graft import forget, retarget
from reloadr.engine.classes.kinds import OWN
from reloadr.engine.classes.layout import same_layout
from reloadr.engine.classes.taking import Taking
from reloadr.judge.same import unchanged_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, DICT, MISSING

#: What the library keeps in an enumeration: the new one's counts.
_KEPT_BY_ENUM = frozenset(
    {
        "_member_names_",
        "_unhashable_values_",
        "_hashable_values_",
        "_unhashable_values_map_",
        "_sort_order_",
    }
)
#: How it makes members: as its lines or its bases say.
_MAKES_MEMBERS = ("__new__", "_new_member_", "_use_args_", "_generate_next_value_")
#: The tables of members, by name and by value.
_MAPS = ("_member_map_", "_value2member_map_")


def why_not(old: Any, new: Any) -> str:
    """Why the new enumeration cannot be grafted onto the old one; "" if it can."""
    if type(new) is not type(old) or new._member_type_ is not old._member_type_:
        return "its members are of another type now"
    if old.__bases__ != new.__bases__ and not same_layout(old, new.__bases__):
        return "its bases have another layout"
    return ""


def graft(taking: Taking, made: Any) -> None:
    """Stages what the living enumeration takes over, and what it loses."""
    batch, cls = taking.batch, taking.cls
    retarget(batch.stage, cls, made)
    rebased = made.__bases__ != cls.__bases__
    if rebased:
        set_bases(batch.stage, cls, made.__bases__)
    twins = _members(taking, made)
    _maps(batch.stage, cls, made, twins)
    old, new, space = locate.class_dict(cls), locate.class_dict(made), batch.stage.class_space(cls)
    for name, value in list(new.items()):
        if name in OWN or name in _MAPS:
            continue
        if name in made._member_map_:
            _store(batch.stage, cls, name, value, twins)
        elif name in _KEPT_BY_ENUM or name in _MAKES_MEMBERS:
            if rebased or name in _KEPT_BY_ENUM or taking.states(name):
                batch.stage.set(space, name, value)
        else:
            taking.take(name, old.get(name, MISSING), value)
    members: Any = old["_member_map_"]
    for name in list(old):
        if name not in new and name not in OWN and (taking.went(name) or name in members):
            batch.stage.set(space, name, MISSING)
    forget(batch.journal, cls, made)


def _members(taking: Taking, made: Any) -> dict[int, object]:
    """The members that will be, by the id of each new one: the living one where its value is as it was."""
    batch = taking.batch
    cls: Any = taking.cls
    twins: dict[int, object] = {}
    for name, member in made._member_map_.items():
        if id(member) in twins:
            continue
        was = cls._member_map_.get(name)
        same = was is not None and (was._name_ == member._name_)
        if same and (cls._member_type_ is object or unchanged_value(was._value_, member._value_)):
            twins[id(member)] = was
            _copy_member(batch.stage, was, member)
        else:
            twins[id(member)] = member
            batch.stage.steps.append((CLASS, member, "__class__", cls))
            if same:
                batch.classes.members.append((taking.work, taking.plan.new, was, member))
            if "__objclass__" in vars(member):
                batch.stage.steps.append((DICT, vars(member), "__objclass__", cls))
    return twins


def _maps(stage: Stage, cls: Any, made: Any, twins: dict[int, object]) -> None:
    """The tables of members; values without a name of their own, as combined flags, stay known."""
    space = stage.class_space(cls)
    for name in _MAPS:
        mapping = {key: twins.get(id(value), value) for key, value in getattr(made, name).items()}
        if name == "_value2member_map_":
            named = {id(value) for value in cls._member_map_.values()}
            for key, value in getattr(cls, name).items():
                if id(value) not in named and key not in mapping:
                    mapping[key] = value
                    _name_anew(stage, made, value)
        stage.set(space, name, mapping)


def _name_anew(stage: Stage, made: Any, combined: Any) -> None:
    """A combined flag is called by the names that its parts have now: `A|B` becomes `A|C`."""
    if not issubclass(made, enum.Flag) or type(combined._value_) is not int or combined._name_ is None:
        return
    names = [member._name_ for member in made._member_map_.values() if _is_part(member._value_, combined._value_)]
    name = "|".join(dict.fromkeys(names))
    if name and name != combined._name_:
        stage.steps.append((DICT, vars(combined), "_name_", name))


def _is_part(value: object, whole: int) -> bool:
    """Whether a flag of one bit is in another."""
    return type(value) is int and value > 0 and not value & (value - 1) and bool(value & whole)


def _store(stage: Stage, cls: type, name: str, value: Any, twins: dict[int, object]) -> None:
    """What the class holds under a member's name: the member, or what CPython up to 3.12 puts before it."""
    stored = twins.get(id(value), value)
    inner = getattr(value, "member", None)
    if inner is not None and id(inner) in twins and not is_a(value, enum.Enum):
        value.member = twins[id(inner)]
    if locate.class_dict(cls).get(name) is not stored:
        stage.set(stage.class_space(cls), name, stored)


def _copy_member(stage: Stage, was: Any, member: Any) -> None:
    before, after = vars(was), vars(member)
    for name, value in after.items():
        if name != "__objclass__" and (name not in before or not unchanged_value(before[name], value)):
            stage.steps.append((DICT, before, name, value))
    for name in before:
        if name not in after:
            stage.steps.append((DICT, before, name, MISSING))


__all__ = ["graft", "why_not"]
