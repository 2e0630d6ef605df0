from dataclasses import dataclass


@dataclass(order=True)
class Old:
    x: int = 1

    def m(self):
        return self.x
