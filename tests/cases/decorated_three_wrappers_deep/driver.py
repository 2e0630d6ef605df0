def setup():
    import m

    return m.show, list(m.built), {"/": m.show}


setup_fresh = setup


def check(state, report):
    import m

    show, built, routes = state
    assert show("home") == "auth(cache(log(HOME)))"
    assert m.show is show and routes["/"] is show
    assert m.built == built == ["log", "cache", "auth"], "decorators must not run again"
