"""What a kind of reason is: a numbered class, whose fields are the words of its message."""

from __future__ import annotations

from typing import ClassVar, Literal

Verdict = Literal["nothing", "live", "caveat", "restart", "rejected"]

__all__ = ["Caveat", "Kind", "Rejection", "Restart", "Verdict"]


class Kind:
    """A kind of reason. Its class is called by its code, never used for another; its docstring is an example."""

    verdict: ClassVar[Verdict]
    message: ClassVar[str]
    advice: ClassVar[str]

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
