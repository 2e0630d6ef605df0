import sys

made = []
plain = "new"

if hasattr(sys, "version"):
    base = dict

    class Alias(base):
        def __init__(self, name):
            if base is dict:
                self.name = name
            made.append(self)

    def factory():
        return Alias(suffix)

    suffix = "one"
    first = factory()
    suffix = "two"
    second = factory()


def get():
    return plain, first.name, second.name
