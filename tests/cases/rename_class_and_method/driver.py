def setup():
    import m

    return m.Old()


setup_fresh = lambda: __import__("m").New()


def check(thing, report):
    import m

    assert type(thing) is m.New and not hasattr(m, "Old")
    assert thing.first() == ("first, changed", None)
    assert thing.other() == "second"
    assert not hasattr(thing, "second") and not hasattr(thing, "third")
    assert m.New.other.__qualname__ == "New.other"
