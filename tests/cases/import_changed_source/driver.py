def setup():
    import a
    import m

    return m.run


setup_fresh = setup


def check(run, report):
    import a
    import m

    assert run() == "b" and a.tool() == "a"
