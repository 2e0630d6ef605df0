def f(a, b="b", c="c"):
    return a, b, c


def g(x=1):
    return x
