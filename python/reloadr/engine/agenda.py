"""What is still to be done in a batch, in the order of the source, and what was done.

NAMES = ["a"]                      # edited: runs
NAMES.append("b")                  # unchanged, and due: it fills a list that is another one now

Who carries out an edit adds tasks for lines that follow from it. Before a line runs, all is done that is due above it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from reloadr._core import Node
from reloadr.live.module import Tracked

__all__ = ["Agenda", "Task"]


@dataclass(frozen=True)
class Task:
    """Something to be done at a line of a module. Tasks of one line and key are one task."""

    line: int
    key: Hashable
    do: Callable[[], object] = field(compare=False)
    #: Whether it comes before what stands at that line, not in its place.
    first: bool = False
    node: Node | None = None


class Agenda:
    """What one batch has to do, by module and line, and what it did."""

    def __init__(self) -> None:
        #: Does what follows, above a line of a module, from what changed so far: set where that is known.
        self.follow_above: Callable[[Tracked, int], None] = _nothing
        #: What ran, and when last: the higher, the later.
        self._ran: dict[tuple[str, int, str], int] = {}
        self._count = 0
        self._done: set[Hashable] = set()
        self._tasks: dict[str, list[Task]] = {}

    def close(self) -> None:
        """Forgets what is due, and lets go of what would do it."""
        self.follow_above = _nothing
        self._tasks.clear()

    def note_run(self, tracked: Tracked, node: Node) -> None:
        """Notes that a statement or definition of the new source ran."""
        self._count += 1
        self._ran[tracked.name, node.line, node.source] = self._count

    def note_asked(self, tracked: Tracked, node: Node) -> None:
        """Notes that of a block that ran only the conditions did: its lines are due as ever."""
        self._ran.pop((tracked.name, node.line, node.source), None)

    def note_made(self, tracked: Tracked, node: Node) -> None:
        """Notes that all that stands in a new class ran with it."""
        for member in node.members:
            self.note_run(tracked, member)
            self.note_made(tracked, member)

    def has_run(self, tracked: Tracked, node: Node) -> bool:
        """Whether a statement or definition of the new source was run by this batch."""
        return (tracked.name, node.line, node.source) in self._ran

    def ran_after(self, tracked: Tracked, node: Node, other: Node) -> bool:
        """Whether a statement ran, and after another one of the module."""
        at, before = (self._ran.get((tracked.name, each.line, each.source), 0) for each in (node, other))
        return at > before

    def is_first(self, *what: Hashable) -> bool:
        """Whether something that is done once in a batch is still to be done; from now on it is not."""
        if what in self._done:
            return False
        self._done.add(what)
        return True

    def add(self, tracked: Tracked, task: Task) -> None:
        """Makes something due at its line."""
        tasks = self._tasks.setdefault(tracked.name, [])
        if task not in tasks:
            tasks.append(task)

    def drop(self, tracked: Tracked, node: Node) -> None:
        """Takes back what was due for a statement: it runs in another way."""
        tasks = self._tasks.get(tracked.name, [])
        tasks[:] = [task for task in tasks if task.node != node]

    def drop_within(self, tracked: Tracked, block: Node) -> None:
        """A block ran as a whole: its lines are due no more, and it decides what its names mean."""
        tasks = self._tasks.get(tracked.name, [])
        tasks[:] = [task for task in tasks if not block.line <= task.line <= block.end_line]

    def reach(self, tracked: Tracked, line: int) -> None:
        """Does what is due above a line, which is to run next."""
        while task := self._next(tracked, line):
            self._do(tracked, task)
        self.follow_above(tracked, line)

    def finish(self, tracked: Tracked) -> None:
        """Does all that is left to do in a module."""
        while task := self._next(tracked, None):
            self._do(tracked, task)

    @contextlib.contextmanager
    def at_once(self, tracked: Tracked) -> Iterator[None]:
        """What is added within is done at its end, wherever it stands; what was due before stays due."""
        waiting = self._tasks.get(tracked.name, [])
        self._tasks[tracked.name] = []
        try:
            yield
            self.finish(tracked)
        finally:
            self._tasks[tracked.name] = waiting

    def _next(self, tracked: Tracked, line: int | None) -> Task | None:
        """The topmost task; above a line, if one is given."""
        tasks = self._tasks.get(tracked.name, ())
        above = [task for task in tasks if line is None or task.line < line or (task.first and task.line == line)]
        return min(above, key=lambda task: (task.line, not task.first), default=None)

    def _do(self, tracked: Tracked, task: Task) -> None:
        self._tasks[tracked.name].remove(task)
        self.follow_above(tracked, task.line)
        task.do()


def _nothing(tracked: Tracked, line: int) -> None:
    """No name has another value yet."""
