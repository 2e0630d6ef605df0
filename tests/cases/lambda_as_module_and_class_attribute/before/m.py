half = lambda n: n / 2
TABLE = {"neg": lambda n: -n, "same": lambda n: n}


class Op:
    apply = lambda self, n: n + 1
    order = staticmethod(lambda a, b: a - b)
