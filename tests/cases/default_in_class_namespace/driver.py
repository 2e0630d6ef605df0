def setup():
    import m

    return m.Parser()


setup_fresh = setup


def check(parser, report):
    assert parser.split("a, b") == (["a", "b"], '"'), "the default reads a name of the class body"
