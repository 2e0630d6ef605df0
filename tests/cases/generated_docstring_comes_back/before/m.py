import dataclasses
from typing import NamedTuple


@dataclasses.dataclass
class Point:
    """A point."""

    x: int = 1


class Pair(NamedTuple):
    """A pair."""

    left: int
    right: int
