def setup():
    import m

    return m.size, m.found


setup_fresh = setup


def check(state, report):
    import m

    size, found = state
    assert size() == 20 and m.found is found and not hasattr(m, "tmp")
