def setup():
    import m

    return m, m.LOG


setup_fresh = setup


def check(state, report):
    m, log = state
    assert m.LOG is log == []
