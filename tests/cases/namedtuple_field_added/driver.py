def setup():
    import user

    return user, user.make()


def check(state, report):
    import m

    user, row = state
    assert tuple(row) == (1, "a") and row.name == "a", "a tuple cannot grow: it must not break"
    if report and report.verdict == "restart":
        assert row.show() == "1 a"
        return
    assert user.Row is m.Row and user.make() == (1, "a", 7)
    assert user.make().show() == "1 a 7"
