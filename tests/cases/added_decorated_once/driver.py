def setup():
    import m

    return m.ROUTES


setup_fresh = setup


def check(routes, report):
    import m

    assert m.ROUTES is routes and list(routes) == ["/a", "/b"], routes
    assert routes["/b"]() == "ba"
