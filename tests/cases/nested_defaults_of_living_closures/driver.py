"""Closures that earlier calls made get defaults that are literals; those that only the frame could tell, they do not."""


def setup():
    import m

    add = m.make(1)
    add(0)
    return m, add, m.grow(), m.need(7), m.lam()


def check(state, report):
    m, add, area, other, lam = state
    assert add(1) == 30 and add.__kwdefaults__["kept"] == [0, 1], (add(1), add.__kwdefaults__)
    assert area(2) == 6 and lam() == 5
    assert m.need(7)(1) == 8 and other(1) == (1 if report is not None else 8)
