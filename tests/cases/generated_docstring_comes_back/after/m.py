import dataclasses
from typing import NamedTuple


@dataclasses.dataclass
class Point:

    x: int = 1


class Pair(NamedTuple):

    left: int
    right: int
