def setup():
    import m

    return m.double, m.shout


setup_fresh = setup


def check(state, report):
    double, shout = state
    assert double(2) == 4 and shout("a") == "A"
    assert double("a") == "not int", "each wrapper keeps its own kind"
    assert shout(1) == "not str"
