def setup():
    import m

    return [m.Session("a"), m.Session("b"), m.Session("c")]


def check(sessions, report):
    import m

    assert m.Session("new").started == 0
    assert [s.name() for s in sessions] == ["a", "b", "c"]
