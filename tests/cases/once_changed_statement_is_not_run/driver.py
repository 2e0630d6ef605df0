def setup():
    import m

    return m, m.server


def check(state, report):
    m, server = state
    assert m.port() == 81
    assert m.server is server and m.LOG == ["start 80"]
