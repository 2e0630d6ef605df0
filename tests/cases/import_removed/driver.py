import math as real


def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.area(1) == 2 * real.pi
    assert not hasattr(m, "json") and not hasattr(m, "here")
