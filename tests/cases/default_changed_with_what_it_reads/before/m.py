made = []


def make(value):
    made.append(value)
    return value


SIZE = 1
DOUBLE = SIZE * 2
KEEP = {"a": 1}


def plain(n=SIZE):
    return n


def derived(n=DOUBLE, keep=KEEP):
    return n, keep


class Box:
    def hold(self, n=make(DOUBLE), *, sizes=[SIZE for _ in range(2)]):
        return n, sizes
