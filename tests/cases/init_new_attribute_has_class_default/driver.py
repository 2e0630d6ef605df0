def setup():
    import m

    return m.Session, m.Session("a")


def check(state, report):
    cls, living = state
    assert cls("b").started == 0
    assert living.started == -1, "the living instance reads the class attribute"
