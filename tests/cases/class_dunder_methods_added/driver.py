def setup():
    import m

    return m.Vec(1), m.Vec(2)


setup_fresh = setup


def check(state, report):
    import m

    a, b = state
    assert len(a + b) == 2 and a == m.Vec(1), "the type's slots must be filled"
    assert m.Vec[3] == 3
    with a:
        raise ValueError
    try:
        hash(a)
    except TypeError:
        return
    raise AssertionError("a class statement that defines __eq__ makes the class unhashable")
