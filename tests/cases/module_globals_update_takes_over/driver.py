import math


def setup():
    import m

    return m.known


def setup_fresh():
    return setup()


def check(known, report):
    import m

    assert known() == m.known() == ["inf", "nan", "pi", "tau"]
    assert m.pi is math.pi and m.nan is math.nan
    assert not hasattr(m, "globals") and not hasattr(m, "e")
