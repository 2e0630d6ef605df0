def setup():
    import user

    return user, user.Vec(3)


def check(state, report):
    import m

    user, vec = state
    assert vec.x == 3, "the living instance must not break"
    if report and report.verdict == "restart":
        assert vec.norm() == 3, "pending: all of the old source"
        return
    assert user.Vec is m.Vec
    made = user.Vec(1)
    made.y = 4
    assert made.norm() == 5
    if report and report.verdict == "live":
        assert vec.norm() == 3
