class Spec:
    __slots__ = ("name", "opts")

    def __init__(self, name, opts):
        self.name = name
        self.opts = opts

    def first(self):
        return self.opts["first"]


def make(**opts):
    return Spec("s", opts)
