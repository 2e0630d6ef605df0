"""What the standard library remembers of classes, which a change of bases or members makes wrong.

`abc` remembers for each of its classes which others are subclasses and which are not, `functools.singledispatch` which
function it chose for a class. Neither notices that a living class gets other bases or members: `isinstance(x, Sized)`
would go on to say what it said before `__len__` was there.
"""

from __future__ import annotations

import abc
import contextlib
import functools
from collections.abc import Iterable
from types import FunctionType
from typing import Any, cast

from reloadr._core import instances
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.steps import CLASS, CODE, MISSING, TYPE, Step

#: Set by the interpreter or about the text; no one decides by them what a class is.
_IRRELEVANT = frozenset(
    {"__doc__", "__annotations__", "__annotate_func__", "__annotations_cache__", "__firstlineno__"}
    | {"__static_attributes__", "__abstractmethods__", "__orig_bases__", "__parameters__", "__type_params__"}
)

#: The code of every function that `functools.singledispatch` makes.
_DISPATCHER = cast(FunctionType, functools.singledispatch(lambda each: each)).__code__


#: Nobody's base: what is registered here only makes `abc` doubt all that it found not to be a subclass.
_ANYTHING: Any = abc.ABCMeta("_Anything", (), {})


def forget(steps: Iterable[Step], undo: Iterable[Step]) -> None:
    """Empties these caches as far as committed steps make them wrong.

    `undo` is what `commit` gave for `steps`: it tells which members were not there before.
    """
    added = any(kind == TYPE and value is MISSING and key not in _IRRELEVANT for kind, _, key, value in undo)
    removed = bases = False
    for kind, target, key, value in steps:
        if kind == TYPE and key not in _IRRELEVANT:
            # `__hash__ = None` says that there is none.
            removed |= value is MISSING or value is None
            # A protocol asks for other members now, or a `__subclasshook__` reads them.
            _clear(target)
        elif kind == CLASS:
            bases |= is_a(target, type)
        elif kind == CODE:
            removed |= cast(FunctionType, target).__name__ == "__subclasshook__"
    if bases or removed:
        for each in locate.subclasses(object):
            _clear(each)
    elif added:
        _ANYTHING._abc_registry_clear()
        _ANYTHING.register(int)
    if bases:
        _forget_choices()


def forget_of_table(table: dict[Any, object]) -> None:
    """Empties what `singledispatch` remembers where this is the table that it chooses from, and was written to."""
    if any(key is object for key in dict.keys(table)):
        _forget_choices()


def _forget_choices() -> None:
    for function in instances([FunctionType], False):
        if cast(FunctionType, function).__code__ is _DISPATCHER:
            function._clear_cache()


def _clear(cls: object) -> None:
    # By its type: no metaclass of the user's is asked. `abc` asks the class for its caches; where it does not get
    # them now, it does not for `isinstance` either.
    if issubclass(type(cls), abc.ABCMeta):
        with contextlib.suppress(Exception):
            abc.ABCMeta._abc_caches_clear(cls)  # type: ignore[attr-defined]


__all__ = ["forget", "forget_of_table"]
