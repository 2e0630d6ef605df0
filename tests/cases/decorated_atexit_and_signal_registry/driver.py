def setup():
    import m

    return m.LISTENERS


setup_fresh = setup


def check(listeners, report):
    assert len(listeners) == 1, "the weakly held function lives on, once"
    assert [f("a") for f in listeners] == ["stored a"]
