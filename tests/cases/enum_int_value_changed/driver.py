def setup():
    import user

    return user, user.Port.SSH


def check(state, report):
    import m

    user, ssh = state
    if report and report.verdict == "restart":
        return
    assert user.port() == 8080 and m.Port(8080).name == "HTTP"
    assert m.Port.SSH is ssh
    if report and report.verdict == "live":
        assert user.DEFAULT == 8080, "an int cannot change: a member held elsewhere must be named"
