def setup():
    import m

    return m.outer(7)


def check(made, report):
    assert made() == (7, 2)


def check_2(made, report):
    assert made() == (7, 3)


def check_3(made, report):
    assert made() == (7, 4), "a closure that was made before its outer function was decorated"
