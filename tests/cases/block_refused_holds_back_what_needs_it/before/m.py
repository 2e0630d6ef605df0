import sys
if hasattr(sys, "No"):
    No = sys.No
else:
    class NoMeta(type):
        def __setattr__(cls, a, v):
            raise TypeError("cannot " + a)
    class NoType(metaclass=NoMeta):
        __slots__ = ()
        def __new__(cls):
            return globals().get("No") or object.__new__(cls)
        def __repr__(self):
            return "No"
    No = NoType()
    del NoType, NoMeta


def f(x=No):
    """Old."""
    return x


def g():
    return "old"
