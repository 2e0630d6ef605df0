# Copyright

LOG = []

LOG.append(
    "ran",  # once
)

TABLE = {
    'a': object(),
    'b': [
        1,
        2,
    ],
}


class Shop:

    items = []  # shared

    def add(
        self,
        item,
        count=1,
    ):
        # keep
        self.items.append(
            (item, count)
        )
        return (len(self.items))

def total(values):
    return sum(values)   # all


# end
