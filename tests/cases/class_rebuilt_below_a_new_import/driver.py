def setup():
    import m

    return m.Base()


setup_fresh = setup


def check(base, report):
    import m

    assert m.Base().wide() == 2
    assert m.Base().first() == 0
    assert not hasattr(m, "itertools")
