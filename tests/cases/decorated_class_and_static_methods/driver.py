def setup():
    import m

    m.Registry.kinds["b"] = 2
    return m.Registry.known, m.Registry.normal, m.Registry()


setup_fresh = setup


def check(state, report):
    known, normal, registry = state
    assert known() == ["b", "a"]
    assert normal(" X ") == "x"
    assert registry.known() == ["b", "a"] and registry.normal(" Y") == "y"
