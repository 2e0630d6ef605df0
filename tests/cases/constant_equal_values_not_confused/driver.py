def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    assert user.RETRIES == 4
    assert (user.WORKERS, user.DEPTH) == (3, 3), "another name with an equal value must be left alone"
