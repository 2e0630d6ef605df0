def setup():
    import m

    return m, m.make


def setup_fresh():
    import m

    return m, m.make


def check(state, report):
    m, make = state
    assert m.LIMIT == 4
    (slow,) = m.make()
    assert slow.run() == 6, "the class of the handler"
    assert slow.stop() == "stopped"
    assert len(m.make_two()) == 2, "a definition that is new in the handler"
    assert m.make is make, "the function of the branch that did not run stays out"
    assert not hasattr(m, "kind") and not hasattr(m, "fast")
