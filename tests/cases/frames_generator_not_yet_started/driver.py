def setup():
    import m

    return m.items, m.items()


def check(state, report):
    items, waiting = state
    assert list(items()) == ["new"]
    got = list(waiting)
    if report.verdict == "live":
        assert got == ["new"], "it runs the old code and the report is silent"
