def setup():
    import m

    return m.f


def check(f, report):
    import reloadr

    assert f() == 2
    reloadr.undo()
    assert f() == 1


def check_2(f, report):
    assert f() == 3, "an edit after an undo is applied"
