def setup():
    import m

    m.login("ann")
    m.settings = {"mode": "replaced"}
    m.plugin = "set from outside"
    return m


setup_fresh = setup


def check(m, report):
    assert m.current == "ann" and m.settings == {"mode": "replaced"}
    assert m.plugin == "set from outside"
    assert m.login("bob") == ["bob"]
