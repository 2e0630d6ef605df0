made = []


def make(value):
    made.append(value)
    return value


SIZE = 5
DOUBLE = SIZE * 2
KEEP = {"a": 1}


def plain(n=SIZE + 1):
    return n


def derived(n=DOUBLE + 1, keep=KEEP):
    return n, keep


class Box:
    def hold(self, n=make(DOUBLE + 1), *, sizes=[SIZE for _ in range(3)]):
        return n, sizes
