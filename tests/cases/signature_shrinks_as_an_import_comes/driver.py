def setup():
    import m

    return m.f, m.g


setup_fresh = setup


def check(state, report):
    import m

    f, g = state
    assert f() == () and f.__defaults__ is None
    assert g() == 2 and g.__kwdefaults__ == {"y": "0123456789"}
    assert m.f is f and m.g is g
