def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.version() == 2
    assert m.VALUE == 1 and m.RAN == ["once"]
    assert m.Formats.NAMES == ["plain", "more"]
