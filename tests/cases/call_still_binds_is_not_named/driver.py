def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    assert user.one() == ("a", "b", False) and user.local() == 1
