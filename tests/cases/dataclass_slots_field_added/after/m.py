from dataclasses import dataclass


@dataclass(slots=True)
class Pixel:
    x: int
    y: int
    z: int = 0

    def sum(self):
        return self.x + self.y + self.z
