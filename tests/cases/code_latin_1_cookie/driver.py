def setup():
    import m

    return m.a, m.b


setup_fresh = setup


def check(state, report):
    a, b = state
    assert a() == "\u00f6\u00c4"
    assert b() == 2 and b.__doc__ == "\u00e4\u00e4"
    assert code_differences(a, "m.py") == code_differences(b, "m.py") == []
