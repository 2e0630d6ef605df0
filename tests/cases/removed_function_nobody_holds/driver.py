def setup():
    import m

    return m.kept


setup_fresh = setup


def check(kept, report):
    import m

    assert not hasattr(m, "old")
    assert m.kept is kept and kept() == 2
