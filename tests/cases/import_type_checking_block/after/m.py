from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal
    from only_for_the_checker import Thing


def pay(amount: Thing):
    return [amount]
