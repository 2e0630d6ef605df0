def setup():
    import m

    return m.Box, m.Box.__init__


setup_fresh = setup


def check(state, report):
    box, init = state
    assert box(4).size == 8
    assert box.__init__ is init
    assert box(1).grow() == 3
