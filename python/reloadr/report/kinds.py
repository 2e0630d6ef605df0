"""What a kind of reason is: a numbered class, whose fields are the words of its message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

Verdict = Literal["nothing", "live", "caveat", "restart", "rejected"]

__all__ = ["Caveat", "Kind", "Rejection", "Restart", "Verdict", "dataclass"]

K = TypeVar("K", bound="type[Kind]")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def dataclass(*, frozen: Literal[True], kw_only: Literal[True]) -> Callable[[K], K]:
    """A kind whose fields are the words of its message, as `dataclasses.dataclass` would make it. That compiles methods
    for each of the fifty, which is a quarter of the time in which all of reloadr is imported."""
    return _with_words


def _with_words(kind: K) -> K:
    kind.words = tuple(kind.__annotations__)
    return kind


class Kind:
    """A kind of reason. Its class is called by its code, never used for another; its docstring is an example."""

    verdict: ClassVar[Verdict]
    message: ClassVar[str]
    advice: ClassVar[str]
    #: The names of its fields.
    words: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **words: Any) -> None:
        if words.keys() != set(self.words):
            raise TypeError(f"{self.code} is made of {self.words}, not of {tuple(words)}")
        vars(self).update(words)

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.code, *(vars(self)[word] for word in self.words)))

    def __repr__(self) -> str:
        words = ", ".join(f"{word}={vars(self)[word]!r}" for word in self.words)
        return f"{self.code}({words})"

    @property
    def code(self) -> str:
        """`RL206`."""
        return type(self).__name__

    def text(self) -> str:
        """The message in its words."""
        return self.message.format(**vars(self))


class Caveat(Kind):
    """The edit is live, and something is not as a fresh process would have it."""

    verdict = "caveat"


class Restart(Kind):
    """The edit cannot be carried into this process."""

    verdict = "restart"


class Rejection(Kind):
    """The new source is wrong."""

    verdict = "rejected"
