def setup():
    import m

    return m.Temp()


setup_fresh = setup


def check(temp, report):
    temp.c = 5
    assert temp.c == 5


def check_2(temp, report):
    try:
        temp.c = 6
    except AttributeError:
        return
    raise AssertionError("the setter was removed")
