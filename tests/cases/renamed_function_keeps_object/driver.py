def setup():
    import m

    return m, m.compute_total


def check(state, report):
    m, function = state
    assert not hasattr(m, "compute_total")
    assert m.report([1]) == 2
    assert m.grand_total is function, "the same object lives on under its new name"
    assert function.__name__ == function.__qualname__ == "grand_total"
    assert m.HANDLERS["total"] is function
