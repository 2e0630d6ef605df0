def setup():
    import m
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert m.greet("x") == 'hi x'
    assert user.call() == ('hi a', 'hi b'), "importers must be rebound"
    assert user.greet is m.greet is user.hello
