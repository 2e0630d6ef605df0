"""A new block makes a class and calls it, and its methods read names that the block binds beside it."""


def setup():
    import m

    return m, m.made


def check(state, report):
    m, made = state
    assert m.get() == ("new", "one", "two")
    assert m.made is made and made == [m.first, m.second] and type(m.first) is m.Alias
