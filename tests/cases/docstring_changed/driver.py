import inspect


def setup():
    import m

    return m.area, m.Shape()


setup_fresh = setup


def check(state, report):
    area, shape = state
    assert inspect.getdoc(area) == "The area of a circle.\n\nIn square metres."
    assert shape.draw.__doc__ == "Draws." and shape.draw() == "drawn"
    assert type(shape).side.__doc__ == "New side.", "a property takes the docstring of its getter"


def check_2(state, report):
    area, shape = state
    assert area.__doc__ is None and area(1) == 3
