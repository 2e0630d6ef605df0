def setup():
    import m

    return m


def check(m, report):
    assert m.run() == 1, "the module lives on"


def check_2(m, report):
    assert m.run() == 2, "it came back, edited"
