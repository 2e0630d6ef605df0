class Spec:
    __slots__ = ("name", "opts", "warn")

    def __init__(self, name, opts):
        self.name = name
        self.opts = opts
        self.warn = opts.get("warn")

    def first(self):
        return self.opts["first"], self.warn


def make(**opts):
    return Spec("s", opts)
