import sys


def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.X == 1 and "other" not in sys.modules
