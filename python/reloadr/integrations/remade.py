"""Registries whose line gets other arguments: they are given what the constructor makes of these, and stay the same.

    pages = Blueprint("pages", __name__, url_prefix="/old")     # to "/new"

Whoever registered with it, or included it, holds the one that was made first. So that line runs, and gives that one:
what the constructor makes of the new arguments is made beside and handed over, and once all is live what was registered
is played again. That is right where nobody has changed what the first constructor made, and where what differs is read
when something is registered or asked for; else it is another object, and its rule asks for a restart.
"""

from __future__ import annotations

import copy
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reloadr.plugins import Change, Reload, is_a

__all__ = ["Given", "Remade"]

_MADE = "_reloadr_made"
_NONE = object()

#: Called with what the attributes of the object are to be; attributes that are to go are not among them.
Then = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class _Expected:
    module: str
    old: Any
    reload: Reload
    then: Then


class Remade:
    """One class of registries."""

    def __init__(self, follows: frozenset[str], tables: frozenset[str]) -> None:
        #: Attributes that may differ; and those that hold what was registered, or only count.
        self._follows = follows
        self._tables = tables
        self._expected: list[_Expected] = []
        self._ready: object = None

    def install(self, cls: type) -> None:
        """For objects of this very class, from now on."""
        plain: Callable[..., None] = vars(cls)["__init__"]

        @functools.wraps(plain)
        def __init__(this: Any, *arguments: Any, **options: Any) -> None:
            if this is self._ready:
                self._ready = None
                return
            plain(this, *arguments, **options)
            if type(this) is cls:
                vars(this)[_MADE] = self._attributes(this)

        @functools.wraps(plain)
        def __new__(kind: type, *arguments: Any, **options: Any) -> Any:
            made: Any = object.__new__(kind)
            expected = self._of_frame(kind)
            if expected is None:
                return made
            self._expected.remove(expected)
            made.__init__(*arguments, **options)
            self._ready = self._compared(expected, made)
            return self._ready

        cls.__init__ = __init__  # type: ignore[misc]
        cls.__new__ = __new__  # type: ignore[method-assign, assignment]

    def expect(self, change: Change, reload: Reload, then: Then) -> None:
        """The line that made an object is about to run again."""
        if vars(change.old).get(_MADE) is None:
            return
        expected = _Expected(change.module, change.old, reload, then)
        reload.do(functools.partial(self._expected.append, expected), functools.partial(self._forget, expected))
        reload.after(functools.partial(self._forget, expected))

    def _forget(self, expected: _Expected) -> None:
        if expected in self._expected:
            self._expected.remove(expected)

    def _of_frame(self, kind: type) -> _Expected | None:
        if not self._expected:
            return None
        frame = sys._getframe(2)
        modules = set()
        while frame is not None:
            modules.add(frame.f_globals.get("__name__"))
            frame = frame.f_back  # type: ignore[assignment]
        return next((each for each in self._expected if type(each.old) is kind and each.module in modules), None)

    def _compared(self, expected: _Expected, made: Any) -> Any:
        """The object that was there, if it can become what was made; else that."""
        old = expected.old
        was, is_now, will = vars(old)[_MADE], self._attributes(old), vars(made)[_MADE]
        names = [name for name in {**was, **will} if not _same(was.get(name, _NONE), will.get(name, _NONE))]
        if not self._follows.issuperset(names) or any(not _same(was[name], is_now.get(name, _NONE)) for name in was):
            return made
        expected.then({**{name: vars(made)[name] for name in will}, _MADE: will})
        for name in names:
            expected.reload.read(old, name)
        return old

    def _attributes(self, this: Any) -> dict[str, Any]:
        """What its constructor made, with containers as they were."""
        found = {
            name: value
            for name, value in vars(this).items()
            # A method of its own says nothing of its arguments.
            if name not in self._tables and getattr(value, "__self__", None) is not this
        }
        return {name: copy.copy(value) if is_a(value, list, dict) else value for name, value in found.items()}


class Given:
    """What an object is given, and had before."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self._had: dict[str, Any] | None = None

    def give(self, made: dict[str, Any], *computed: str) -> None:
        """It is what was made beside; what was `computed` of attributes is so again."""
        kept = vars(self._holder)
        self._had = dict(kept)
        for name in [*computed, *(name for name in kept[_MADE] if name not in made)]:
            kept.pop(name, None)
        kept.update(made)

    def take_back(self) -> None:
        """It is what it was."""
        if self._had is not None:
            vars(self._holder).clear()
            vars(self._holder).update(self._had)
            self._had = None


def _same(one: object, other: object) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))
