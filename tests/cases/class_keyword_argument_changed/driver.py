def setup():
    import m

    return m.User()


setup_fresh = setup


def check(user, report):
    import m

    if report and report.verdict == "restart":
        return
    assert m.User.table == "users" and user.name() == "users"
    assert isinstance(user, m.User)
