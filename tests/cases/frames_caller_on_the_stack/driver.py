def setup():
    import m

    return m.App(lambda: None)


setup_fresh = setup


def check(app, report):
    assert app.run() == ["new"], "no frame was running: nothing to name"
