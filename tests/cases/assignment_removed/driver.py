def setup():
    import m
    import user

    return m, user


def check(state, report):
    m, user = state
    assert not hasattr(m, "OLD") and not hasattr(m, "a") and m.get() == 3
    assert user.old() == 1
