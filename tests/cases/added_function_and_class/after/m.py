RATE = 2


class Money:
    unit = RATE * 50

    def __init__(self, n):
        self.n = n


def price(n):
    return wrap(n * RATE)


def wrap(n):
    return Money(n)
