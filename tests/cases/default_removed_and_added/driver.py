def setup():
    from m import area

    return area


setup_fresh = setup


def check(area, report):
    assert area() == 42
    assert area.__defaults__ == (7, 2, 3)


def check_2(area, report):
    assert area.__defaults__ is None
    try:
        area(1)
    except TypeError:
        return
    raise AssertionError("height and depth are required now")
