"""Prices and taxes."""

RATE = 2


def price(n):
    return n * RATE
