def setup():
    import m

    return m.plain, m.derived, m.Box(), m.KEEP


def check(state, report):
    import m

    plain, derived, box, keep = state
    assert plain is m.plain and plain() == 6
    assert derived() == (11, keep) and derived()[1] is keep
    assert box.hold() == (11, [5, 5, 5])
    assert m.made == [2, 11]
