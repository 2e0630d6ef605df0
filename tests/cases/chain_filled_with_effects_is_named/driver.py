"""A connection is not made again: its line is named; the line beside it has no effect and is repeated."""


def setup():
    import m

    return m


def check(m, report):
    assert m.opened == ["main"]
    assert m.POOL["size"] == 2 and m.POOL["plain"] == "kept"
    assert report is None or "main" not in m.POOL
