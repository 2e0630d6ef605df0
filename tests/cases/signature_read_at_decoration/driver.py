def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    if report and report.verdict == "restart":
        return
    if report and report.verdict == "caveat":
        assert m.users(1, 2) == ("users", 1, 2)
        return
    assert m.call("/users", limit=5, offset=7) == ("users", 5, 7), "the router kept the old parameters"
