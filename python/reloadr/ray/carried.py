"""A pickled function or class, with the version of the log that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["Carried", "Members", "members_of", "without_others"]

#: By the name of a class: those of its members.
Members = Mapping[str, Sequence[str]]


class Carried:
    """Where it is loaded, `arrive` is called: that process comes up to the version, and what was pickled comes out."""

    def __init__(self, name: str, arrive: Callable[..., Any], *arguments: object) -> None:
        # Ray compares exports by this name.
        self.__name__ = name
        self._reduced = arrive, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._reduced


def members_of(cls: type) -> dict[str, list[str]]:
    """The members of a class and of those above it that have source."""
    return {_name(each): sorted(vars(each)) for each in cls.__mro__ if each.__module__ != "builtins"}


def without_others(cls: type, members: Members) -> None:
    """A class that was given its members anew keeps none that is not among them."""
    for each in cls.__mro__:
        names = members.get(_name(each))
        for name in [] if names is None else set(vars(each)).difference(names):
            if not (name.startswith("__") and name.endswith("__")) and name != "_abc_impl":
                delattr(each, name)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
