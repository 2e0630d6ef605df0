def setup():
    import m

    return m.f


def check(f, report):
    assert f() == 1
    if report is not None:
        [reason] = report.reasons
        assert reason.code == "RL401" and reason.line == 2
