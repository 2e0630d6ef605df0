def setup():
    import m

    advance, peek = m.counter(10, 5)
    return advance, peek


setup_fresh = setup


def check(state, report):
    import m

    advance, peek = state
    assert advance() == 15, "step is supplied by the living neighbour's cell"
    assert peek() == (15, 5), "the cell of count is still shared"
    assert m.counter(0, 2)[0]() == 2, "new closure"
