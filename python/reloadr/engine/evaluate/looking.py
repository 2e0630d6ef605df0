"""Whether values hold, within a few steps, what is sought: code that changes, or what comes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Looking"]

#: How far it is gone into what holds others.
_DEEP = 4


class Looking:
    """Looks through values, each once, for however many names lead to it."""

    def __init__(
        self,
        is_sought: Callable[[object], bool],
        parts: Callable[[object], Iterable[object]],
        *,
        most: int | None = None,
    ) -> None:
        """`parts`: what a value holds; `most`: of how many values it is asked."""
        self._is_sought = is_sought
        self._parts = parts
        self._most = most
        #: What was looked through, by its number: how far from there, whether it leads to it, and the thing itself, for
        #: the number is its own as long as it lives.
        self._seen: dict[int, tuple[int, bool, object]] = {}

    def at(self, value: object, left: int = _DEEP) -> bool:
        """Whether it is what is sought, or a container, or an object by its attributes, that holds it."""
        return self._is_sought(value) or (left > 0 and self._leads(value, left))

    def _leads(self, value: object, left: int) -> bool:
        known, leads, _ = self._seen.get(id(value), (0, False, None))
        if leads or known >= left or (self._most is not None and len(self._seen) >= self._most):
            return leads
        # A ring leads nowhere else.
        self._seen[id(value)] = left, False, value
        leads = any(self.at(each, left - 1) for each in self._parts(value))
        self._seen[id(value)] = left, leads, value
        return leads
