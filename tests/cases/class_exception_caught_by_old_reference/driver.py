def setup():
    import errors
    import m

    return m.run, errors.Failure


setup_fresh = setup


def check(state, report):
    import errors

    run, failure = state
    assert errors.Failure is failure
    assert run() == (2, "failed 2")
