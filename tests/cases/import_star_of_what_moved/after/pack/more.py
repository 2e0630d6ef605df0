__all__ = ["first"]


def first(values):
    return values[0]
