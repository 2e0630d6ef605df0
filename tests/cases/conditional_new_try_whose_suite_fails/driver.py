def setup():
    import m

    return m


def check(m, report):
    assert m.group() is m.Group, "the class of the handler that ran"
    assert m.Group().limit() == 3
    assert m.wide() is False, "the branch within the handler that ran"
    assert [name for name in vars(m) if not name.startswith("__")] in (
        ["group", "LIMIT", "Group", "wide"],
        ["LIMIT", "Group", "wide", "group"],
    ), list(vars(m))


setup_fresh = setup
