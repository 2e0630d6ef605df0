def setup():
    import m

    outer = m.Outer()
    return outer, outer.Meta, outer.meta()


setup_fresh = setup


def check(state, report):
    outer, meta, living = state
    assert outer.Meta is meta
    assert living.name() == "ROWS"
    assert outer.Extra.x == 1 and outer.Extra.__qualname__ == "Outer.Extra"
