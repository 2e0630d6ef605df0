def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    import operator

    assert m.plain_mul_ is operator.mul
    assert m.small == ["plain_add", "plain_sub"]
    left = {"operator", "PREFIX", "wanted", "SKIPPED"} & set(vars(m))
    assert not left, left
