"""Whether what a name means holds a function that is to run other code: in a table, a list, an attribute.

def first(x): ...                  # edited
TABLE = {"a": first}
V = [f(1) for f in TABLE.values()]     # new: calls the new code
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import _lru_cache_wrapper, cached_property
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import NamedTuple

from reloadr._core import may_lead
from reloadr.engine.batch import Works
from reloadr.engine.evaluate.holding import held_by
from reloadr.engine.evaluate.looking import Looking
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.stage import Stage

__all__ = ["ATOMS", "METHODS", "leading", "leads_to"]


class _Row(NamedTuple):
    field: int


#: What holds nothing, and what is come to by the name that a class has for it. By identity: a metaclass may say what
#: its classes are equal to, or that they have no hash.
ATOMS = frozenset(
    map(
        id,
        (
            *(int, str, float, bytes, bool, complex, type(None)),
            *(ModuleType, BuiltinFunctionType, MemberDescriptorType, GetSetDescriptorType),
            # What `annotations` is, and the fields of a named tuple as its class has them.
            *(type(annotations), type(vars(_Row)["field"])),
        ),
    )
)
METHODS = ATOMS | set(map(id, (FunctionType, property, type, _lru_cache_wrapper, cached_property, classmethod)))
#: How much is looked through.
_MANY = 20_000


def leading(works: Works, stage: Stage, wanted: Iterable[str]) -> dict[str, set[int]]:
    """Those of some names of watched modules that are or hold functions which are to run other code, each with the ids
    of the namespaces that have it so. What is found is known until other code is staged or what there is is live."""
    pending, all_modules = stage.pending_codes, works.listed.all
    olds = {id(each) for each in pending.olds()}
    if pending.candidates is None:
        pending.candidates = {}
        found = may_lead(works.listed.namespaces, olds, set(), ATOMS, METHODS, _lru_cache_wrapper) if olds else ()
        for number, name, _ in found:
            pending.candidates.setdefault(name, []).append(number)
    names = pending.candidates.keys() & set(wanted)
    looking = _looking(olds)
    for name in names - pending.leading.keys():
        spaces = [all_modules[number].namespace for number in pending.candidates[name]]
        pending.leading[name] = {id(each) for each in spaces if looking.at(each.get(name))}
    return {name: pending.leading[name] for name in names if pending.leading[name]}


def leads_to(values: Iterable[object], codes: set[int]) -> bool:
    """Whether one of these is, or holds, a function of one of these codes, which are given by their ids."""
    looking = _looking(codes)
    return any(looking.at(each) for each in values)


def _looking(codes: set[int]) -> Looking:
    def runs(value: object) -> bool:
        return callable(value) and any(id(found.function.__code__) in codes for found in locate.unwrap(value))

    return Looking(runs, _parts, most=_MANY)


def _parts(value: object) -> list[object]:
    if is_a(value, type):
        held = locate.class_dict(value)
        return list(held.values())[:_MANY] if "__module__" in held else []
    return held_by(value, _MANY)
