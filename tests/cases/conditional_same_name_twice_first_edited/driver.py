def setup():
    import m

    return m.Shape()


setup_fresh = setup


def check(shape, report):
    assert shape.area() == 2, "the shadowed definition must not come back"
