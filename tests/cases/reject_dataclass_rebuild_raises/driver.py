def setup():
    import m

    return m.Point, m.Point(1), set(vars(m.Point))


def check(state, report):
    import m

    cls, point, names = state
    assert m.Point is cls and set(vars(cls)) == names
    assert repr(point) == "Point(x=1)" and point.show() == "old"
    assert cls(2) == cls(2)
