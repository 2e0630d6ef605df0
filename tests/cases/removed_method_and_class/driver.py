def setup():
    import m

    return m.Child()


setup_fresh = setup


def check(child, report):
    import m

    assert child.hello() == "base", "the inherited method shows through"
    assert "hello" not in vars(m.Child) and not hasattr(m, "Gone")
