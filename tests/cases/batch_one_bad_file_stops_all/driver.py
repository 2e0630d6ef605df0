def setup():
    import a
    import b
    import c

    return a, b, c, b.X


def check(state, report):
    a, b, c, x = state
    assert (a.f(), b.g(), c.h()) == (1, 1, 1) and b.X is x, "one transaction"


def check_2(state, report):
    a, b, c, x = state
    assert (a.f(), b.g(), c.h()) == (2, 2, 2) and b.X == [2], "all of it was pending"
