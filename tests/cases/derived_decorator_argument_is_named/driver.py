def setup():
    import m

    return m, m.users


def check(state, report):
    m, users = state
    assert m.PREFIX == "/v2"
    if report.verdict == "live":
        assert "/v2/users" in m.ROUTES
    assert users() == "users"
