LOG = []
LOG.append("ran")
TABLE = {"a": object(), "b": [1, 2]}


class Shop:
    items = []

    def add(self, item, count=1):
        self.items.append((item, count))
        return len(self.items)


def total(values):
    return sum(values)
