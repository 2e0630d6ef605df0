from __future__ import annotations


class Order:
    def add(self, item: Item | None, count: Missing) -> None:
        return self


class Item:
    pass
