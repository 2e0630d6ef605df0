def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert (m.alpha(), m.beta()) == (2, 1), "bodies swapped under the two names"
    assert m.alpha.__name__ == "alpha" and m.beta.__name__ == "beta"
