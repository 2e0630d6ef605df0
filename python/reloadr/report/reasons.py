"""What a report consists of: changes, and reasons."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from reloadr.report.kinds import Kind, Verdict

__all__ = ["RESTART", "Action", "Change", "Reason", "Verdict", "place", "plural", "worst"]

Action = Literal[
    "add",
    "lines",
    "migrate",
    "move",
    "rebind",
    "rebuild",
    "recompute",
    "remove",
    "rename",
    "resume",
    "run",
    "undo",
    "update",
]
"""What was done. `add`: a new definition was executed. `update`: a living one has the new code, defaults, members.
`remove`: a name was taken away. `rename`, `move`: the same object under another name, in another file. `run`: a new or
changed statement ran. `rebind`: another module's name means the new object. `rebuild`: a class was made once more, and
its living self took over what differs. `recompute`: an unchanged line was evaluated again, for what it reads changed.
`lines`: only its place in the file changed. `resume`: a running loop goes on in the new text, or will at its next
iteration. `migrate`: living instances went through a hook. `undo`: a reload was taken back."""

#: What alone starts a program again, unless its user wants otherwise.
RESTART: Final[tuple[Verdict, ...]] = ("restart",)
#: From the least to the most serious.
ORDER: Final[tuple[Verdict, ...]] = ("nothing", "live", "caveat", "restart", "rejected")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most serious of some verdicts; "nothing" of none."""
    return max(verdicts, key=ORDER.index, default="nothing")


def plural(count: int, noun: str) -> str:
    """`1 frame`, `2 frames`."""
    if count != 1:
        noun += "es" if noun.endswith("s") else "s"
    return f"{count} {noun}"


def place(path: str, line: int) -> str:
    """A place as terminals and editors open it: `shop.py:26`, from the current folder if the file is below it."""
    with contextlib.suppress(OSError):
        here = os.path.join(os.getcwd(), "")
        path = path.removeprefix(here)
    return f"{path}:{line}" if line else path


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is not simply "live"."""

    code: str
    verdict: Verdict
    #: The module concerned, "" when the file belongs to none.
    module: str
    #: The definition or name concerned, below the module; "" for the module itself.
    qualname: str
    path: str
    #: From 1; 0 when there is no line.
    line: int
    message: str
    advice: str
    #: The source line and a caret below it, for rejections.
    excerpt: str = ""

    @classmethod
    def of(cls, kind: Kind, *, module: str, qualname: str, path: str, line: int, excerpt: str = "") -> Reason:
        """A reason of the catalogue, at its place."""
        return cls(kind.code, kind.verdict, module, qualname, path, line, kind.text(), kind.advice, excerpt)

    def __str__(self) -> str:
        text = f"{self.verdict} {self.code} {place(self.path, self.line)}: {self.message} ({self.advice})"
        return f"{text}\n{self.excerpt}" if self.excerpt else text

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done: `update shop.cart.Cart.total shop/cart.py:23`."""

    action: Action
    module: str
    qualname: str
    path: str
    line: int
    #: What exactly: the facets of a definition, the statement that ran, the new name.
    detail: str = ""

    def __str__(self) -> str:
        name = f"{self.module}.{self.qualname}" if self.qualname else self.module
        where = f" {place(self.path, self.line)}" if self.line else ""
        return f"{self.action} {name}{where}" + (f"  {self.detail}" if self.detail else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}
