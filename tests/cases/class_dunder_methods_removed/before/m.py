class Bag:
    def __init__(self):
        self.items = [1, 2]

    def __len__(self):
        return 0

    def __iter__(self):
        return iter(self.items)

    def __repr__(self):
        return "bag"
