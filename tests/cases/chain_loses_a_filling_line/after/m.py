__all__ = ["first", "fourth"]
__all__ += ["third"]


def first():
    pass


second = third = fourth = first
