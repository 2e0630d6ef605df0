from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int
    label: str = 'none'
