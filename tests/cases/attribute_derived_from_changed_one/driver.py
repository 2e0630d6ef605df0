def setup():
    import m

    m.Grid.cells[0] = "used"
    return m.Grid, m.Grid.cells


def check(state, report):
    grid, cells = state
    assert grid.HEIGHT == 5
    assert grid.AREA == 15, "pure, and its value was still what the old source gave"
    assert grid.index(grid, 2) == 10, "the default too"
    assert grid.cells is cells and cells[0] == "used", "mutated: kept"
