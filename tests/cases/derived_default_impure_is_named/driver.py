def setup():
    import m

    return m


def check(m, report):
    assert m.COUNT == 2
    assert m.ran == [1], "a call with effects must not run again"
    assert m.use() == 1
