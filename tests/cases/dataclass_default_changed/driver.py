def setup():
    import m

    return m.Config()


def check(old, report):
    import m

    assert m.Config() == m.Config(8080, ["a", "b"])
    assert type(old) is m.Config
    assert (old.port, old.hosts) == (80, ["a"]), "the instance's own values are state"
