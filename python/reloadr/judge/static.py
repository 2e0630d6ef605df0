"""What types and instances hold, read as it lies there: no property, `__getattr__` or metaclass is asked.

Beside `live/locate.py`, which finds objects, for those that judge values they know nothing about: whether two are
the same (`same.py`), and whether an expression may be evaluated (`purity/`). Asking the user's own code for an
attribute would be the effect that they are to rule out.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import TypeVar

from reloadr.live.kinds import is_a
from reloadr.live.locate import attributes_of, class_dict, mro

_T = TypeVar("_T")


class _Nothing:
    """Marks the absence of a value where None is one."""


NOTHING = _Nothing()


def static_attribute(cls: type, name: str) -> object:
    """The attribute as the class holds it, with no descriptor asked; `NOTHING` if there is none."""
    for base in mro(cls):
        space = class_dict(base)
        if name in space:
            return space[name]
    return NOTHING


def field_values(instance: object) -> list[object]:
    """The fields of a data class's instance."""
    fields = static_attribute(type(instance), "__dataclass_fields__")
    return [stored(instance, name) for name in fields] if is_a(fields, dict) else []


def stored(instance: object, name: str) -> object:
    """An attribute from where the instance keeps it; no property or `__getattr__` is run."""
    held = static_attribute(type(instance), name)
    if is_a(held, types.MemberDescriptorType):
        try:
            return held.__get__(instance)
        except AttributeError:
            return NOTHING
    space = instance_namespace(instance)
    return space.get(name, held) if space is not None else held


def instance_namespace(instance: object) -> Mapping[str, object] | None:
    """An instance's own attributes, where Python finds them: None if it has no dict, or a class has put something else
    in the place of `__dict__`, past which `locate.attributes_of` looks."""
    access = static_attribute(type(instance), "__dict__")
    return attributes_of(instance) if is_a(access, types.GetSetDescriptorType) else None


def captured(function: types.FunctionType) -> list[object]:
    """What the free variables of a function hold, `NOTHING` for those that are not assigned yet."""
    found: list[object] = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            found.append(NOTHING)
    return found
