def setup():
    import a

    return a


setup_fresh = setup


def check(a, report):
    assert a.get() == 71, a.get()
    assert not hasattr(a, "DOUBLE")
