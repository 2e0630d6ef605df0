def make(n):
    def add(x, by=2, *, kept=[], scale: int = 10):
        kept.append(x)
        return (x + by) * scale

    return add


def grow():
    def area(w, h=3):
        return w * h

    return area


def need(n):
    def other(x, y=n):
        return x + y

    return other


def lam():
    return lambda x=5: x
