def setup():
    import m

    return m.TABLE


def check(table, report):
    import m

    assert m.LIMIT == 2 and m.OTHER == [2]
    assert m.TABLE is table and table == [1]
