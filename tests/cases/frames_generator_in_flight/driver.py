def setup():
    import m

    one, two = m.count(), m.count()
    next(one), next(two)
    return m.count, one, two


def check(state, report):
    count, one, two = state
    assert next(count()) == 10, "new calls"
    assert next(one) == 2 and next(two) == 2, "frames that run finish on the old code"
