def setup():
    import m

    return m


def check(m, report):
    assert m.VALUE == 1
