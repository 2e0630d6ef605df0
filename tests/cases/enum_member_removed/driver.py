def setup():
    import m

    return m.Color.RED


setup_fresh = setup


def check(red, report):
    import m

    assert m.Color.RED is red
    assert [c.name for c in m.Color] == ["RED", "BLUE"]
    assert not hasattr(m.Color, "GREEN")
    try:
        m.Color(2)
    except ValueError:
        return
    raise AssertionError("2 is no color any more")
