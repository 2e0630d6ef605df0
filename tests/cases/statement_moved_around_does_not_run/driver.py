def setup():
    import m

    return m.A, m.LOG, m.f


setup_fresh = setup


def check(state, report):
    import m

    assert (m.A, m.LOG, m.f) == state and m.LOG == [1]
    assert m.f() is m.A
    assert m.f.__code__.co_firstlineno == line_of("m.py", "def f")
