def setup():
    import m
    import user

    return m.pick


setup_fresh = setup


def check(pick, report):
    import m
    import user

    assert pick([1, 2]) == 2
    assert m.pick is pick is user.pick
