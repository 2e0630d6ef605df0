def setup():
    import m

    return m.Pair, m.Pair(3)


setup_fresh = setup


def check(state, report):
    import m

    cls, pair = state
    assert m.Pair is cls and pair.total() == 6 and pair.swapped == (2, 3)
