"""A definition of an `else` that did not run stands, unchanged, in one that does: under another condition."""


def setup():
    import m

    return m


def check(m, report):
    assert m.hints("x") == "own" and m.strip(2) == 2
    assert not hasattr(m, "gone") and not hasattr(m, "other") and not hasattr(m, "spare")
