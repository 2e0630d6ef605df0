def setup():
    import m
    import user

    return user


def check(user, report):
    import m

    assert not hasattr(m, "old")
    assert user.call() == 3, "a held reference must not break"
