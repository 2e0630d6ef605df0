def setup():
    import m

    return m.Vec, m.Vec(1, -2)


setup_fresh = setup


def check(state, report):
    import m

    cls, vec = state
    assert m.Vec is cls and vec.norm() == 3
    assert not hasattr(vec, "__dict__")
