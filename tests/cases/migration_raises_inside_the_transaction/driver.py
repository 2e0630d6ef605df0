def setup():
    import m

    def upgrade(instance, migration):
        instance.half = True
        raise LookupError("cannot upgrade")

    migrate(m.Session, upgrade)
    return m, m.Session()


def check(state, report):
    m, session = state
    assert not hasattr(session, "b")
    assert (m.LIMIT, session.show()) == (1, "old"), "nothing of the batch is applied"
    assert not hasattr(m.Session(), "b") and not hasattr(session, "half")
