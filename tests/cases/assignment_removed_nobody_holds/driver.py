def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert not hasattr(m, "OLD") and m.NEW == 2
