def setup():
    import m

    return m.Math.add, m.Math.zero, m.scale


setup_fresh = setup


def check(state, report):
    add, zero, scale = state
    assert add(1, 2, 3) == 6 and zero(4) == 4 and scale(2) == 4
