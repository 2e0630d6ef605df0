import itertools


class Base:
    kind: str

    def first(self):
        return next(itertools.count())
