class Vec:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x

    def norm(self):
        return self.x
