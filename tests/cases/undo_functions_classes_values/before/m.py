LIMIT = 1
STATE = []


def f(x=1):
    """Old."""
    return "old", x


class C:
    kind = "old"

    def show(self):
        return self.kind


def gone():
    return "gone"
