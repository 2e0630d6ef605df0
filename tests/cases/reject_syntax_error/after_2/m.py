import log

STATE = {"n": 2}
LIMIT = 10


def helper(x, y=[]):
    """Old words."""
    return x - LIMIT


class Base:
    pass


class Thing(Base):
    kind = "new"

    def __init__(self):
        self.v = 1

    def show(self):
        return self.kind
