def setup():
    import m

    m.hits = 41
    return m.hit


setup_fresh = setup


def check(hit, report):
    import m

    assert hit() == 42, "the counter's state must be kept"
    assert m.hits == 42
