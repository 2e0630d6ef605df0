def setup():
    import m

    return m.Order, m.Order("a", 2)


setup_fresh = setup


def check(state, report):
    import m

    cls, order = state
    assert m.Order is cls and order.total() == 20
    assert cls("b").key == "B"
    assert order == cls("a", 2)
