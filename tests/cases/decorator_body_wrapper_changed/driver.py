def setup():
    import m

    job = m.Job()
    return m.one, job.run


setup_fresh = setup


def check(state, report):
    import m

    one, run = state
    assert m.one is one
    assert one() == ["measured", "one", 1], "a wrapper made earlier"
    assert run() == ["measured", "run", "run"], "a bound wrapper made earlier"
