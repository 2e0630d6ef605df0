def setup():
    import m

    return m.Button().handler()


setup_fresh = setup


def check(clicked, report):
    assert clicked("x") == "ok: 'x'"
