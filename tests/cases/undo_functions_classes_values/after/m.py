LIMIT = 2
STATE = []
EXTRA = 3


def f(x=2):
    """New."""
    return "new", x


class C:
    kind = "new"

    def show(self):
        return self.kind + "!"

    def more(self):
        return 1
