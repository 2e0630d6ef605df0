from dataclasses import dataclass


@dataclass
class Key:
    a: int

    def show(self):
        return self.a
