def setup():
    import m

    m.STATE.append(1)
    return m, m.a, m.STATE


def check(state, report):
    m, a, kept = state
    assert m.a is a and m.STATE is kept == [1]
    assert "\r" not in a.__doc__
    assert code_differences(a, "m.py") == []
