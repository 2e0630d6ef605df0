def setup():
    import m

    return m.Old()


setup_fresh = lambda: __import__("m").New()


def check(thing, report):
    import m

    assert type(thing) is m.New and repr(thing) == "New(x=1)"
    for name in ("__init__", "__repr__", "__eq__", "__lt__", "m"):
        assert getattr(m.New, name).__qualname__ == f"New.{name}"
    assert m.New.__doc__ == "New(x: int = 1)"
