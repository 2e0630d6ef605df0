def setup():
    import m

    return m.LOG


def check(log, report):
    import m

    assert m.LOG is log == [1]


def check_2(log, report):
    import m

    assert m.LOG is log == [1]
