__all__ = ["first"]
__all__.append("second")
__all__ += ["third"]


def first():
    pass


second = third = fourth = first
