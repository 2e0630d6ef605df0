def setup():
    import m

    return m, m.f, m.X


def check(state, report):
    m, f, x = state
    assert f() == 2 and m.X is x


def check_2(state, report):
    m, f, x = state
    if report is None:
        raise AssertionError("no word from a process that does not start")
    assert f() == 2 and m.X is x, "back to the source that was live, not to the first"


def check_3(state, report):
    m, f, x = state
    assert f() == 4 and m.X == [1]
