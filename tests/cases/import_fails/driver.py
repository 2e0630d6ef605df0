def setup():
    import m

    return m, m.f, m.X, dict(vars(m))


def check(state, report):
    m, f, x, before = state
    assert m.f is f and f() == 1 and m.X is x == []
    assert {k: v for k, v in vars(m).items()} == before


def check_2(state, report):
    m, f, x, before = state
    assert f() == 2 and m.X == [1], "the refused edit was still pending"
