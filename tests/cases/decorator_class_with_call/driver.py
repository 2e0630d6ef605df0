def setup():
    from m import square

    square(3)
    return square


setup_fresh = setup


def check(square, report):
    assert square(3) == (9, 1), "the decorator object keeps its state and has the new method"
