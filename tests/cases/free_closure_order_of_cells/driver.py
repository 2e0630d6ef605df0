def setup():
    from m import window

    return window(1, 5)


setup_fresh = setup


def check(inside, report):
    assert inside(3) and not inside(6) and not inside(0), "the cells must not be swapped"
    assert inside.__code__.co_names == () and len(inside.__closure__) == 2
