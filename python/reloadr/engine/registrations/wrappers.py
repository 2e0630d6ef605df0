"""What decorators made of a function before becomes what they make of it now, for whoever holds the earlier wrapper."""

from __future__ import annotations

from functools import partial
from types import CellType, FunctionType

from reloadr.engine.registrations.reach import of_library
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.journal import Journal
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


def renamed(journal: Journal, value: object, was: str, now: str) -> None:
    """What a wrapper of the library has noted of the name of its function: `singledispatch` says it in an error."""
    for found in locate.unwrap(value):
        for wrapper in (each for each in found.wrappers if is_a(each, FunctionType) and of_library(each.__code__)):
            for cell in wrapper.__closure__ or ():
                if _content(cell) == was:
                    journal.on_undo.append(partial(setattr, cell, "cell_contents", was))
                    cell.cell_contents = now


def _content(cell: CellType) -> str | None:
    """The text in a cell, if it is one."""
    try:
        held = cell.cell_contents
    except ValueError:
        return None
    return held if type(held) is str else None


__all__ = ["follow", "renamed"]
