def setup():
    import m

    return m.Grandchild()


setup_fresh = setup


def check(thing, report):
    import m

    assert thing.who() == "base+"
    assert not hasattr(thing, "extra") and not issubclass(m.Grandchild, m.Mixin)
