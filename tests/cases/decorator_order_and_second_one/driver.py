def setup():
    import m
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert m.greet("x") == 'HI XHI X'
    assert user.call() == ('HI AHI A', 'HI BHI B'), "importers must be rebound"
    assert user.greet is m.greet is user.hello
