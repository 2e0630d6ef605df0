from typing import NamedTuple


class Row(NamedTuple):
    id: int
    name: str
    age: int = 7

    def show(self):
        return f"{self.id} {self.name} {self.age}"
