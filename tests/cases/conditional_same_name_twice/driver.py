def setup():
    import m

    return m.keep, m.first


setup_fresh = setup


def check(state, report):
    import m

    keep, first = state
    assert m.keep is keep and m.first is first
    assert first() == "TWO", "the second definition has the name"
    assert keep() == "ONE", "the first lives on under another"
