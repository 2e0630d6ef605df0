def setup():
    from m import dump

    return dump


setup_fresh = setup


def check(dump, report):
    import m

    assert dump([1]) == "[\n1\n]"
    assert not hasattr(m, "json")
