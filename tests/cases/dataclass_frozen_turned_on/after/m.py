from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    a: int

    def show(self):
        return self.a
