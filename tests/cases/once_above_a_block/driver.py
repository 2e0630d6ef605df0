def setup():
    import m

    return m


def check(m, report):
    assert m.LOG == [1, 2] and m.f() == 2
