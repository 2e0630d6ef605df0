def setup():
    import m

    return m.Version((1, 9)), m.Version((2, 1))


setup_fresh = setup


def check(state, report):
    a, b = state
    assert b < a and a > b and a >= b, "generated comparisons use the new method"
    assert sorted([a, b]) == [b, a]
