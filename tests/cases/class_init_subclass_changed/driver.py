def setup():
    import m

    return m.Base, m.One


def check(state, report):
    import m

    base, one = state
    assert m.One is one and m.Base.names == ["One"], "it must not run again for classes that exist"
    type("Two", (base,), {})
    assert base.names == ["One", "two"], "a class made from now on"
