from functools import partial


def price(net, rate):
    return round(net * rate, 2)


class Till:
    def total(self, items):
        return sum(items)


gross = partial(price, rate=1.19)
