RATE = 2


def price(n):
    return n * RATE
