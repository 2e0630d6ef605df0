def setup():
    import m

    return m, m.f


def check(state, report):
    m, f = state
    assert m.LOG == ["x", 255] and m.f is f, "the same program in other letters"
