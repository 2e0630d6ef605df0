def setup():
    import m

    return m.Names()


def check(names, report):
    import m

    assert names.rows == ["a"], "the living instance must not break"
    assert names.size() in (0, 1)
    if report and report.verdict != "restart":
        made = m.Names()
        made["k"] = 1
        assert made.size() == 1
