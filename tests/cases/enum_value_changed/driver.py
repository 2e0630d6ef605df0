def setup():
    import m

    return m.Level.HIGH, m.Level.LOW


setup_fresh = setup


def check(state, report):
    import m

    high, low = state
    assert m.Level.HIGH is high and m.Level.LOW is low, "identity kept"
    assert high.value == 20 and m.Level(20) is high
    try:
        m.Level(2)
    except ValueError:
        return
    raise AssertionError("2 is no level any more")
