def setup():
    import m

    return m.f()


def check(state, report):
    import m

    assert m.f(0) == ("else", 0, 2)
    assert not hasattr(m.f, "__wrapped__") and m.f.__code__.co_firstlineno == 10


def check_2(state, report):
    import m

    assert m.f(0) == ("else", 0, 3)


def check_3(state, report):
    import m

    assert m.f() == ("then", 9)
