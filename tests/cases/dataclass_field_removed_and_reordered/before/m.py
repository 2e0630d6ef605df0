from dataclasses import dataclass


@dataclass(order=True)
class Item:
    name: str
    price: int
    legacy: int = 0
