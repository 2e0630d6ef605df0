def setup():
    import m

    return m.Point, m.Point(3), m.Pair(1, 2)


def check(state, report):
    import m

    point, instance, _ = state
    assert m.Point is point and isinstance(instance, m.Point)
    assert m.Point.__doc__ == "Point(x: int = 1)"
    assert m.Pair.__doc__ == "Pair(left, right)"
