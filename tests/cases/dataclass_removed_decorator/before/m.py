from dataclasses import dataclass


@dataclass
class Size:
    w: int = 1
