def setup():
    import m

    return m


def check(m, report):
    assert m.size() == 3
    assert not hasattr(m, "Scratch")
    if report:
        assert m.area() in (3, 9)


def setup_fresh():
    import m

    return m
