def setup():
    from m import run

    return run


setup_fresh = setup


def check(run, report):
    assert run() == 42


def check_2(run, report):
    assert run() == 63, "the new file is watched, too"
