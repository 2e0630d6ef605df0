def setup():
    import m

    return m.table, m.first


def setup_fresh():
    return setup()


def check(state, report):
    import m

    table, first = state
    assert m.table is table and m.first is first and table.first is first
    assert table.second is m.second and m.second() == 3 and m.scale == 2
    assert code_differences(m.second, "m.py") == []  # noqa: F821
