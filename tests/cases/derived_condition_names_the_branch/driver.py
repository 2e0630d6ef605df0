def setup():
    import m

    return m


def check(m, report):
    assert m.FAST is True
    if report.verdict == "live":
        assert m.run() == "fast", "the other branch is due and the report is silent"
