from __future__ import annotations


class Order:
    def copy(self, times: int) -> Order:
        return self

    def join(self, other: Order) -> Order:
        return other
