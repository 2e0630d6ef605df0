import dataclasses


def setup():
    import m
    import user

    return m, user, m.Point(1, 2)


setup_fresh = setup


def check(state, report):
    m, user, point = state
    assert m.Point is user.P and isinstance(point, m.Point) and isinstance(user.ORIGIN, m.Point)
    assert [f.name for f in dataclasses.fields(m.Point)] == ["x", "y", "label"]
    assert repr(user.P(1, 2, "a")) == "Point(x=1, y=2, label='a')"
    assert repr(point) == "Point(x=1, y=2, label='none')", "a living instance reads the default"
    assert point == m.Point(1, 2) and dataclasses.replace(point, label="b").label == "b"
    assert m.Point.__match_args__ == ("x", "y", "label")
