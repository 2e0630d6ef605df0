def setup():
    import conf
    import user

    user.MODE = "mine"
    return conf, user


setup_fresh = setup


def check(state, report):
    conf, user = state
    assert conf.MODE == "b"
    assert user.MODE == "mine", "a name set at run time no longer is what was imported"
