from typing import NamedTuple


class Row(NamedTuple):
    id: int
    name: str

    def show(self):
        return f"{self.id} {self.name}"
