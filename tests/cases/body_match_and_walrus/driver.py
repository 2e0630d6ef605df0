def setup():
    from m import route

    return route


setup_fresh = setup


def check(route, report):
    assert route({"kind": "sub", "x": 5, "y": 3}) == 2
    assert route({"kind": "sub", "x": 1, "y": 3}) == "unknown"
