def setup():
    import app.views

    return app.views.show


setup_fresh = setup


def check(show, report):
    import app.users
    import app.views

    assert show("ann") == "hello ann"
    assert app.views.User is app.users.User and app.users.User.__module__ == "app.users"
