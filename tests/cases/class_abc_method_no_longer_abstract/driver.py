def setup():
    import m

    return m.Nap


setup_fresh = setup


def check(nap, report):
    assert nap().run() == "ran"
    assert not nap.__abstractmethods__
