def setup():
    import m

    return m


def check(m, report):
    assert not hasattr(m, "a") and m.b() == "b"
    assert m.ROUTES["/b"] is m.b
    if report.verdict == "live":
        assert "/a" not in m.ROUTES, "the route still answers and the report is silent"
