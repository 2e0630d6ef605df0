from dataclasses import dataclass


@dataclass(slots=True)
class Pixel:
    x: int
    y: int

    def sum(self):
        return self.x + self.y
