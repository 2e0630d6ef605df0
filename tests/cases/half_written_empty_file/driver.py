def setup():
    import m

    return m, m.f, m.X


def check(state, report):
    m, f, x = state
    assert m.f is f and f() == 1 and m.X is x, "an editor that truncates first"


def check_2(state, report):
    m, f, x = state
    assert m.f is f and f() == 2 and m.X is x, "identity and state survive"
