def setup():
    import m

    return m, m.LOG


def check(state, report):
    m, log = state
    assert m.LOG is log
    assert log == [1, "early", ("late", 2, 2), 0, 1], log
