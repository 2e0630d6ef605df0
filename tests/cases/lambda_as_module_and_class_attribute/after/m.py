half = lambda n: n // 2
TABLE = {"neg": lambda n: -n - 1, "same": lambda n: n}


class Op:
    apply = lambda self, n: n + 10
    order = staticmethod(lambda a, b: b - a)
