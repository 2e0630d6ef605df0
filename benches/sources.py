"""The sources that are edited: plain modules of functions and classes, as long as asked for."""

from __future__ import annotations

import os
import time
from pathlib import Path

HEAD = '''"""A module of the benchmark."""

from __future__ import annotations

import functools
import os.path
from collections import namedtuple

LIMIT = 10
NAMES = ("a", "b", "c")
Pair = namedtuple("Pair", "left right")
'''

FUNCTION = '''

def function_{n}(items=(), *, scale=1):
    """Returns a number that tells one version of function {n} from another."""
    total = {value}
    for item in items:
        if item > LIMIT:
            total += item * scale
        else:
            total -= len(NAMES)
    return total
'''

CLASS = '''

class Class{n}:
    """Holds a few values."""

    kind = "class {n}"

    def __init__(self, left=0, right=0):
        self.left = left
        self.right = right

    @property
    def pair(self):
        return Pair(self.left, self.right)

    @functools.lru_cache(maxsize=8)
    def path(self, name):
        return os.path.join(self.kind, name)

    def total(self, items=()):
        result = 0
        for item in items:
            result += item if item < LIMIT else self.left
        return result
'''


class Source:
    """One module's text, in which the value that one of its functions returns can be changed."""

    def __init__(self, path: Path, lines: int) -> None:
        self.path = path
        self.top: list[str] = []
        self.values: dict[int, int] = {}
        blocks, held, n = [HEAD], HEAD.count("\n"), 0
        while held < lines or n == 0:
            n += 1
            blocks.append(CLASS.replace("{n}", str(n)) if n % 3 == 0 else FUNCTION)
            held += blocks[-1].count("\n")
            if n % 3:
                self.values[len(blocks) - 1] = 0
        self.blocks = blocks
        #: The functions that are edited in turn, spread over the file.
        spots = list(self.values)
        self.spots = spots[:: max(1, len(spots) // 8)][:8]
        self.tick = time.time() - 1_000_000
        self.write()

    def edit(self, turn: int, *, top: bool = False) -> tuple[str, int]:
        """Changes one line, and inserts one at the top if asked; returns function and value to expect."""
        spot = self.spots[turn % len(self.spots)]
        self.values[spot] = turn + 1
        if top:
            self.top.append(f"# Edit {turn + 1}.\n")
        self.write()
        return f"function_{spot}", turn + 1

    def write(self) -> None:
        """Writes the file, each time with a modification time five seconds later."""
        texts = [
            block.replace("{n}", str(at)).replace("{value}", str(self.values[at])) if at in self.values else block
            for at, block in enumerate(self.blocks)
        ]
        self.path.write_text("".join([*self.top, *texts]), encoding="utf-8")
        self.tick += 5
        os.utime(self.path, (self.tick, self.tick))

    def line_of(self, name: str) -> int:
        """The line that a function's definition begins on."""
        lines = self.path.read_text(encoding="utf-8").split("\n")
        return next(at for at, line in enumerate(lines, 1) if line.startswith(f"def {name}("))
