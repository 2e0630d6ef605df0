def setup():
    import m

    return m, m.Event.kinds, m.Created(1)


setup_fresh = setup


def check(state, report):
    m, kinds, living = state
    assert m.Event.kinds is kinds and list(kinds) == ["Created"]
    assert kinds["Created"] is m.Created, "the registry holds the class the name holds"
    assert isinstance(living, m.Created) and living.by == "system"
    assert m.Created(2, "ann").by == "ann"
