class Vec:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x
        self.y = 0

    def norm(self):
        return self.x + self.y
