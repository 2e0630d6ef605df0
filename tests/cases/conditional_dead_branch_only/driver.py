def setup():
    import m

    return m.size


setup_fresh = setup


def check(size, report):
    import m

    assert m.size is size and size() == "big"
    assert not hasattr(m, "Small"), "the dead branch must not run"
