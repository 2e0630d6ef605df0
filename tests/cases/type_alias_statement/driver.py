def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.Pair.__value__ == list[m.Pair.__type_params__[0]]
    assert m.Names.__value__ == m.Pair[str]
