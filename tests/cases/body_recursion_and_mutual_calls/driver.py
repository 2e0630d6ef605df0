def setup():
    import m

    return m.even, m.odd


setup_fresh = setup


def check(state, report):
    even, odd = state
    assert even(4) == "even" and even(3) == "odd"
    assert odd(3) == "even"
