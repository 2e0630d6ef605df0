from functools import cache


class Math:
    @staticmethod
    def add(a, b, c=0):
        return a + b + c

    @classmethod
    def zero(cls, shift=0):
        return shift

    @property
    def one(self):
        return 1


@cache
def scale(n, by=2):
    return n * by
