def setup():
    import m

    return m, m.f, m.g, m.X


def check(state, report):
    m, f, g, x = state
    assert (m.f, m.g) == (f, g) and f() == 1 and m.X is x


def check_2(state, report):
    m, f, g, x = state
    assert (m.f, m.g) == (f, g) and (f(), g()) == (2, "gg") and m.X is x
