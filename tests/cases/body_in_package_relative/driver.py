def setup():
    import app

    return app.run


setup_fresh = setup


def check(run, report):
    import app.core

    assert app.run is run is app.core.run
    assert run(2) == 7
