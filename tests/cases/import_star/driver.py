def setup():
    from m import run

    return run


setup_fresh = setup


def check(run, report):
    assert run() == 23
