import sys

IMPLEMENTED = sys.version_info >= (3, 99)


class Meta(type):
    def __call__(cls, name, **options):
        return cls.__new__(cls, name, **options)


if sys.version_info >= (3, 98):
    Thing = sys.thing
elif hasattr(sys, "version"):

    class Thing(metaclass=Meta):
        def __new__(cls, name, *, bound=int, default=None):
            return "first", name, bound, default

        def where(self):
            return "new first"
else:

    class Thing:
        def __init__(self, name, *, bound=int, default=None):
            self.name = name

        def where(self):
            return "new second"
