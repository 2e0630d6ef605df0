def setup():
    import m

    return m, m.which


setup_fresh = setup


def check(state, report):
    m, which = state
    assert m.which() == which() == ["else 2"]
    assert m.more() == ["else 2", "else 2"]
    assert next(m.counter) == 1, "the condition was not asked again"
