def setup():
    import m

    return m


def check(m, report):
    assert m.slug("A") == "a!"
    if report.verdict == "live":
        assert m.title() == "main!", "computed by the old function and the report is silent"
