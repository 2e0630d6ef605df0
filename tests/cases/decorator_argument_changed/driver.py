def setup():
    import m
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert m.greet("x") == 'hi xhi xhi x'
    assert user.call() == ('hi ahi ahi a', 'hi bhi bhi b'), "importers must be rebound"
    assert user.greet is m.greet is user.hello
