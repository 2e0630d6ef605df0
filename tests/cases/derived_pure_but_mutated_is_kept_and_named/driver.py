def setup():
    import m

    m.fill(9)
    m.limit = 1000
    return m, m.cells


def check(state, report):
    m, cells = state
    assert m.SIZE == 5
    assert m.cells is cells == [9, 0, 0], "mutated at run time"
    assert m.limit == 1000, "rebound at run time"
