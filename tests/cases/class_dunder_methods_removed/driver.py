def setup():
    import m

    return m.Bag()


setup_fresh = setup


def check(bag, report):
    assert bag and repr(bag) != "bag" and list(bag) == [1, 2]
    assert not hasattr(bag, "__len__")
