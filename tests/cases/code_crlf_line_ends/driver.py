def setup():
    import m

    return m.a, m.b


setup_fresh = setup


def check(state, report):
    import m

    a, b = state
    assert m.a is a and m.b is b
    assert a() == "xy" and m.extra() == 0
    assert "\r" not in a.__doc__
    assert code_differences(a, "m.py") == code_differences(b, "m.py") == []
