from dataclasses import dataclass


@dataclass(order=True)
class Item:
    price: int
    name: str
