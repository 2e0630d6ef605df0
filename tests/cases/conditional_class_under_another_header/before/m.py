import sys

IMPLEMENTED = sys.version_info >= (3, 99)


class Meta(type):
    def __call__(cls, name, **options):
        return cls.__new__(cls, name, **options)


if IMPLEMENTED:
    Thing = sys.thing
elif hasattr(sys, "version"):

    class Thing(metaclass=Meta):
        def __new__(cls, name, *, default=None):
            return "first", name, default

        def where(self):
            return "first"
else:

    class Thing:
        def __init__(self, name, *, default=None):
            self.name = name

        def where(self):
            return "second"
