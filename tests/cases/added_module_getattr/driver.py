def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.fresh == 1 and dir(m) == ["fresh"]
    assert not hasattr(m, "stale")


def check_2(m, report):
    assert m.fresh == 10, "changed body"


def check_3(m, report):
    assert not hasattr(m, "fresh"), "__getattr__ removed"
