from typing import NamedTuple


class Pair(NamedTuple):
    a: int
    b: int = 2

    def total(self):
        return self.a + self.b
