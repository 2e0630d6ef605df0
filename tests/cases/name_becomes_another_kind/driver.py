def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    one, two, value = user.all_of()
    assert isinstance(one, m.thing) and one.x == 1, "a function became a class"
    assert two == ["made", 2], "a class became a function"
    assert value() == 4, "a value became a function"
