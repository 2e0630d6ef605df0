def setup():
    import m

    return m


def check(m, report):
    assert m.OTHER == 1
    assert hasattr(m, "MODE"), "the name is still assigned by the first line"
    if report and report.verdict == "live":
        assert m.MODE == "first", "a fresh process has the first value and the report is silent"
