"""Code objects that the functions of a module ran once: frames and generators may be on them still.

Held weakly, so that they end with what runs them. Those that are left are few: what is on old code, and what `undo`
would need.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from types import CodeType
from weakref import ref


class Retired:
    """The earlier code objects of a module's functions."""

    def __init__(self) -> None:
        self._of: dict[str, list[ref[CodeType]]] = {}
        self._beside: dict[str, list[ref[CodeType]]] = {}
        # Threads note what they move to.
        self._lock = threading.RLock()

    def add(self, qualname: str, codes: Iterable[CodeType]) -> None:
        """Notes code that a function, or one inside it, ran until now; `qualname` is the function's from now on."""
        with self._lock:
            held = {id(code): code for code in self.of(qualname)}
            held |= {id(code): code for code in codes}
            self._of[qualname] = [ref(code) for code in held.values()]

    def learn(self, qualname: str, code: CodeType) -> None:
        """Notes code that something runs in the place of the function's own, with the same text."""
        self.add(qualname, [code])
        with self._lock:
            self._beside.setdefault(qualname, []).append(ref(code))

    def renew(self, qualname: str) -> None:
        """The function has another text by now."""
        with self._lock:
            self._beside.pop(qualname, None)

    def beside(self) -> list[CodeType]:
        """Code that stands on the same lines as that of the functions."""
        with self._lock:
            return [code for each in self._beside.values() for held in each if (code := held()) is not None]

    def rename(self, old: str, new: str) -> None:
        """The function goes by another name."""
        if old != new and old in self._of:
            self.add(new, self.of(old))
            del self._of[old]

    def of(self, qualname: str) -> Iterator[CodeType]:
        """The code objects that are still there."""
        for each in self._of.get(qualname, ()):
            code = each()
            if code is not None:
                yield code


__all__ = ["Retired"]
