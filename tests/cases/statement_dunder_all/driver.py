def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.__all__ == ["f", "g", "h"]
    names = {}
    exec("from m import *", names)
    assert names["g"]() + names["h"]() == 5
