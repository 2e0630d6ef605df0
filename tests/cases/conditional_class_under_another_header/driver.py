"""The condition above a class changes, and methods in it: the class of the branch that runs is the one patched."""


def setup():
    import m

    return m, m.Thing


def check(state, report):
    m, cls = state
    assert m.Thing is cls
    assert m.Thing("x") == ("first", "x", int, None), m.Thing("x")
    assert cls.where(None) == "new first"
