def setup():
    import m

    return m.Rect(2, 3)


setup_fresh = setup


def check(rect, report):
    import m

    assert rect.size() == 7 and m.Rect.area(4, 5) == 20
    assert not hasattr(m, "area")
    assert m.Rect.area.__qualname__ == "Rect.area"
