def lines(m, made):
    return [each.__code__.co_firstlineno for each in (m.a, m.b, m.c, made)]


def setup():
    import m

    made = m.b()
    return made, lines(m, made)


def check(state, report):
    import m
    import reloadr

    made, before = state
    assert lines(m, made) == [8, 12, 1, 13]
    reloadr.undo()
    assert lines(m, made) == before == [1, 5, 12, 6]
    assert m.a() == "a"
