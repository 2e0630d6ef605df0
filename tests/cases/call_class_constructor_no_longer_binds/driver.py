def setup():
    import user

    return user


def check(user, report):
    import m

    assert m.Job("a", "b").name == "a"
