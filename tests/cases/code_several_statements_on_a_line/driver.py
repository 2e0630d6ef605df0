def setup():
    import m

    return m.a, m.b, m.C, m.LOG


setup_fresh = setup


def check(state, report):
    import m

    a, b, cls, log = state
    assert a() == 10 and b() == 21
    assert m.c() == (1, 22)
    assert m.C is cls and (cls.z, cls.w) == (3, 5)
    assert m.LOG is log == ["ran"], "unchanged statements of the line do not run"
    assert code_differences(b, "m.py") == []
