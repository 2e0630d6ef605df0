"""What became of loops, for those who report it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple

#: It went on in the new text; stays on the old one; waits for a save, or cannot; the program waits before it ends;
#: the iteration is done again, or the next one; a block was left.
Event = Literal["moved", "stays", "held", "unheld", "waits", "again", "next", "left"]


class Whose(NamedTuple):
    """What a loop is part of, for those who are told of it."""

    module: str
    qualname: str
    path: str
    #: The function's line in the new file.
    line: int


class News(NamedTuple):
    """What became of a loop."""

    whose: Whose
    #: The line of the loop in the new file; 0 for what is no loop.
    line: int
    #: Why it stays, or waits.
    why: str
    event: Event


#: What is to be told, and who is woken for it. They must not wait for anything.
news: deque[News] = deque()
listeners: list[Callable[[], object]] = []


def announce(what: News) -> None:
    """To be told as soon as somebody can."""
    news.append(what)
    for listener in listeners:
        listener()


__all__ = ["Event", "News", "Whose", "announce", "listeners", "news"]
