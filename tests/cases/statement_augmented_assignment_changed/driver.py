def setup():
    import m

    return m.get


def check(get, report):
    assert get() in (17, 22), get()
    if report.verdict == "live":
        assert get() == 17, "a fresh process has 17 and the report is silent"
