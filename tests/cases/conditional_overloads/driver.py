def setup():
    from m import parse

    return parse


setup_fresh = setup


def check(parse, report):
    import m

    assert m.parse is parse
    assert parse("a", True) == ("a", True)
