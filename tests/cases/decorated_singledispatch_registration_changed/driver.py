def setup():
    from m import show

    return show


setup_fresh = setup


def check(show, report):
    import m

    assert m.show is show, "the dispatcher must not be replaced: importers hold it"
    assert (show(1), show(""), show({}), show(None)) == ("int", "str", "dict", "object")
