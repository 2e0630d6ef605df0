def setup():
    import conf
    import user

    return conf, user


setup_fresh = setup


def check(state, report):
    conf, user = state
    assert conf.FULL == "http://b/api/v1" and conf.PAIR == ("http://b", 1)
    assert conf.get("/x") == "http://b/api/v1/x", "a default computed from it"
    assert user.API == "http://b/api/v1", "an importer of it"
