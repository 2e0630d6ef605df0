"""Loops of cells and of their functions are held as those of modules are.

%reloadr hold on
for batch in batches:                 # a cell: waits here, with its variables as they are
    train(batch)                      # of a module, edited, raises: no other cell could be run to bring its mend
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable
from types import CodeType
from typing import Final

from reloadr.running import unwinding
from reloadr.running.holding import Mode, holding
from reloadr.running.news import News, Whose, listeners, news
from reloadr.running.texts import Place, Text
from reloadr.running.unwinding import Known, watch

__all__ = ["WORDS", "CellLoops"]

#: What the modes are called in a notebook.
WORDS: Final[dict[str, Mode | None]] = {"on": "again", "next": "next", "off": None}

#: A top-level `await` makes a coroutine of a cell.
_SUSPENDS: Final = 0x20 | 0x80 | 0x100 | 0x200


class CellLoops:
    """What is known of the loops of cells, and what is said when one waits."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    def install(self) -> None:
        """Cells are known from now on."""
        watch.finders.append(self.find)
        listeners.append(self._hear)

    def uninstall(self) -> None:
        """Nothing of them is held any more."""
        if self.find in watch.finders:
            watch.finders.remove(self.find)
            listeners.remove(self._hear)
            self.set_mode("off")

    @property
    def mode(self) -> str:
        """Which loops are held: `on`, `next` or `off`."""
        return next(word for word, mode in WORDS.items() if mode == holding.everywhere)

    def set_mode(self, word: str) -> None:
        """All loops are held, or only those that ask for it."""
        holding.everywhere = WORDS[word]
        if holding.everywhere is not None:
            unwinding.begin()

    def find(self, code: CodeType) -> Known | None:
        """What is known of code of a cell."""
        name = code.co_filename
        # What IPython compiles has lines and no file.
        text = "" if os.path.exists(name) else "".join(linecache.getlines(name))
        if not text or (code.co_name == "<module>" and code.co_flags & _SUSPENDS):
            return None
        qualname = "" if code.co_name == "<module>" else code.co_qualname
        whose = Whose("__main__", qualname, name, code.co_firstlineno)
        return Known(Place(Text(text, is_module=True), code.co_firstlineno - 1), whose, lambda _: None)

    def _hear(self) -> None:
        """Of a loop or a block that waits: at once, for the cell goes on running."""
        try:
            last: News = news[-1]
        except IndexError:
            return
        if last.event == "held":
            self._say("it waits: save a mend, and it goes on; interrupting the kernel ends it")
