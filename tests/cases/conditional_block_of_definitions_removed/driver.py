def setup():
    import m

    return m.f


setup_fresh = lambda: None


def check(f, report):
    import m

    assert not hasattr(m, "f")
