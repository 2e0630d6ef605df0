class Vec:
    def __init__(self, *xs):
        self.xs = xs

    def __len__(self):
        return len(self.xs)

    def __add__(self, other):
        return Vec(*self.xs, *other.xs)

    def __eq__(self, other):
        return self.xs == other.xs

    def __class_getitem__(cls, item):
        return item

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True
