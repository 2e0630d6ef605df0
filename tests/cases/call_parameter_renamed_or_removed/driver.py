def setup():
    import m

    return m


def check(m, report):
    assert m.clean("a", trim=2) == ("a", 2)
