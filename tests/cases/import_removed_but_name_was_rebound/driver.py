def setup():
    import m

    m.json = "something else now"
    return m


setup_fresh = setup


def check(m, report):
    assert m.name() == "mm"
    assert m.json == "something else now", "it is no longer what was imported"
