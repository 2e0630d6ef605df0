def setup():
    from a_user import run

    return run


setup_fresh = setup


def check(run, report):
    assert run() == 112, "the importing file comes first in the alphabet"
