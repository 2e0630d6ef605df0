def setup():
    import m

    m.Point.y = 4
    return m.Point


setup_fresh = setup


def check(point, report):
    import m

    assert m.Point is point and point.y == 4
    assert point.__annotations__ == {"x": float, "z": "Point", "y": int}
    assert not hasattr(point, "z")
