def setup():
    import m

    return m.Thing


setup_fresh = setup


def check(thing, report):
    assert thing().tag == "Thing" and len(thing) == 7
