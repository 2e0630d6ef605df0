"""Each link runs where it stands: between the changed lines, not before them."""


def setup():
    import m

    return m


def check(m, report):
    assert m.PARTS == [2, 6, 8] and m.TOTAL == 16, (m.PARTS, m.TOTAL)
