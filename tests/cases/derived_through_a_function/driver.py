"""What functions that read the changed name gave while the modules were loaded: again where nobody can notice, else
named; what reads the name later is right by itself."""


def setup():
    import m

    return m, m.two, m.LATER


def check(state, report):
    m, two, later = state
    assert m.PRICE == 6 and m.PAIR == [10, 3] and m.Shop.price == 5, (m.PRICE, m.PAIR, m.Shop.price)
    assert m.opened == [1] and m.CONNECTION == 1, "a connection is not made again"
    assert m.two is two and two() == (2, 5) and m.LATER is later and later() == 5
    if report is not None:
        named = {reason.qualname for reason in report.reasons}
        assert not named & {"two", "LATER"}, named
