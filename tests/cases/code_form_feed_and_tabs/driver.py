def setup():
    import m

    return m.a, m.C()


setup_fresh = setup


def check(state, report):
    a, c = state
    assert a() == 10 and c.b() == 21
    assert code_differences(a, "m.py") == []
    assert code_differences(type(c).b, "m.py") == []
