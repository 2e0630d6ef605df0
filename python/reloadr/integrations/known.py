"""The living instances of a framework's class, without a look through the heap at each save.

They are found there once, when somebody first asks; from then on each is noted as it is made. What is copied or
unpickled goes by no method that could note it, but for that another one is asked for its state: then they are looked
for once more.
"""

from __future__ import annotations

import functools
import importlib
import threading
import weakref
from collections.abc import Callable
from typing import Any

from reloadr.plugins import instances

__all__ = ["Known"]


class Known:
    """Those of one class and of the classes below it."""

    def __init__(self, name: str, *makers: str) -> None:
        #: Dotted: it is imported when somebody asks.
        self._name = name
        #: The methods by which instances come to be: `__init__`, and those that give one back.
        self._makers = makers or ("__init__",)
        self._held: dict[int, weakref.ref[Any]] = {}
        self._is_installed = False
        self._is_complete = False
        self._lock = threading.Lock()

    def __call__(self) -> list[Any]:
        """All that live now."""
        module, _, name = self._name.rpartition(".")
        cls = getattr(importlib.import_module(module), name)
        with self._lock:
            if not self._is_installed:
                self._is_installed = True
                self._install(cls)
            if not self._is_complete:
                # Before the look: what is copied meanwhile may be behind it.
                self._is_complete = True
                for each in instances(cls):
                    self._note(each)
        return [each for held in list(self._held.values()) if (each := held()) is not None]

    def _note(self, made: object) -> None:
        key = id(made)
        self._held[key] = weakref.ref(made, lambda held: self._forget(key, held))

    def _forget(self, key: int, held: weakref.ref[Any]) -> None:
        # Another one may be in its place already.
        if self._held.get(key) is held:
            del self._held[key]

    def _install(self, cls: Any) -> None:
        for name in self._makers:
            _wrap(cls, name, self._note)
        _wrap(cls, "__getstate__", self._copied)

    def _copied(self, copied: object) -> None:
        self._is_complete = False


def _wrap(cls: Any, name: str, note: Callable[[object], None]) -> None:
    """A method also notes what it made: for `__init__` and `__getstate__`, what it was called on."""
    plain = vars(cls).get(name)
    if isinstance(plain, classmethod):
        made: Callable[..., object] = plain.__func__
        setattr(cls, name, classmethod(_giving(made, note)))
    elif name.startswith("__"):
        setattr(cls, name, _noting(getattr(cls, name), note))
    else:
        setattr(cls, name, _giving(getattr(cls, name), note))


def _noting(plain: Callable[..., object], note: Callable[[object], None]) -> Callable[..., object]:
    @functools.wraps(plain)
    def noting(self: object, /, *arguments: Any, **options: Any) -> object:
        note(self)
        return plain(self, *arguments, **options)

    return noting


def _giving(plain: Callable[..., object], note: Callable[[object], None]) -> Callable[..., object]:
    @functools.wraps(plain)
    def giving(*arguments: Any, **options: Any) -> object:
        made = plain(*arguments, **options)
        note(made)
        return made

    return giving
