"""A process as it was described: nodes are objects, edges the words by which a person reaches one from another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["CUT", "Graph"]

#: The value of an object that was not looked at, and the edge that says that others are left out.
CUT = "..."
#: How many nodes stand in a line.
LINE = 40


@dataclass(slots=True)
class Graph:
    """A process as it was described. Node 0 is never referred to."""

    values: list[str] = field(default_factory=lambda: [CUT])
    parts: list[dict[str, int]] = field(default_factory=lambda: [{}])
    #: Modules by name.
    roots: dict[str, int] = field(default_factory=dict)
    #: Functions and classes that are found under their own names, and that path.
    homes: dict[int, str] = field(default_factory=dict)
    #: Objects of which only C code knows what is inside.
    sealed: set[int] = field(default_factory=set)
    #: How many functions and classes it holds.
    definitions: int = 0
    #: Whether objects were left out because there are too many.
    is_full: bool = False

    def to_lines(self) -> Iterator[str]:
        """It as text, in lines that are short enough to be read one at a time."""
        import json

        yield json.dumps([self.roots, sorted(self.sealed), self.is_full])
        for at in range(0, len(self.values), LINE):
            yield json.dumps([self.values[at : at + LINE], self.parts[at : at + LINE]])

    @classmethod
    def of_lines(cls, lines: Iterable[str], pace: Callable[[], None]) -> Graph:
        """What `to_lines` made text. Homes are asked of the living process only."""
        import json

        given = iter(lines)
        roots, sealed, is_full = json.loads(next(given))
        graph = cls([], [], roots, sealed=set(sealed), is_full=is_full)
        for line in given:
            values, parts = json.loads(line)
            graph.values += values
            graph.parts += parts
            pace()
        return graph
