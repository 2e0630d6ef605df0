def setup():
    import m

    return m.LOG


def check(log, report):
    assert log == ["hello"]


def check_2(log, report):
    assert log == ["hello"], "once"
