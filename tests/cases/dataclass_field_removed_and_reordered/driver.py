def setup():
    import m

    return m.Item(name="a", price=2), m.Item(name="b", price=1)


setup_fresh = setup


def check(state, report):
    import m

    a, b = state
    assert b < a, "ordered by price first now"
    assert repr(a) == "Item(price=2, name='a')"
    assert m.Item(1, "b") == b
    assert not hasattr(m.Item, "legacy")
