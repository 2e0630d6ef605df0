import sys
NEEDS = not hasattr(sys, "No") or not hasattr(sys, "More")
if NEEDS:
    class Single(type):
        def __setattr__(cls, a, v):
            raise TypeError("cannot " + a)
if hasattr(sys, "No"):
    No = sys.No
else:
    class NoType(metaclass=Single):
        __slots__ = ()
        def __new__(cls):
            return globals().get("No") or object.__new__(cls)
        def __repr__(self):
            return "No"
    No = NoType()
    del NoType
if hasattr(sys, "More"):
    More = sys.More
else:
    class MoreType(metaclass=Single):
        __slots__ = ()
        def __new__(cls):
            return globals().get("More") or object.__new__(cls)
        def __repr__(self):
            return "More"
    More = MoreType()
    del MoreType

if NEEDS:
    del Single


def f(x=No, y=More):
    """New."""
    return x, y


def g():
    return "new"
