def setup():
    import m

    return m.f(0)


def check(state, report):
    import m

    assert m.f(0) == (0, 1) and m.f.cache_info().maxsize == 4


def check_2(state, report):
    import m

    assert m.f(0) == (0, 2), "the body of a function whose decorators changed in an earlier save"
    assert not code_differences(m.f.__wrapped__, "m.py")


def check_3(state, report):
    import m

    assert m.f() == (5, 3)
    assert not code_differences(m.f.__wrapped__, "m.py")
