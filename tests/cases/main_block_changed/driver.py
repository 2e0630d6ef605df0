def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.LOG == [] and m.work() == "works"
