def setup():
    import m

    return m.Session


setup_fresh = setup


def check(session, report):
    assert session("a").started == 0
