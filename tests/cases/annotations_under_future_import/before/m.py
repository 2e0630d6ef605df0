from __future__ import annotations


class Order:
    def add(self, item: Item, count: int) -> Order:
        return self


class Item:
    pass
