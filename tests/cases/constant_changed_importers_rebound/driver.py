def setup():
    import conf
    import user

    conf.OTHER.append(1)
    return conf, user, conf.OTHER, user.Client()


def check(state, report):
    conf, user, other, client = state
    assert conf.timeout() == 5 and conf.OTHER is other == [1]
    assert client.limit() == (5, ("c",), 5), "importers, also under another name"
