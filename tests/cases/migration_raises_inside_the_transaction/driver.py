def setup():
    import m

    def upgrade(instance, added, removed, old):
        instance.half = True
        raise LookupError("cannot upgrade")

    migrate(m.Session, upgrade)
    return m, m.Session()


def check(state, report):
    m, session = state
    assert not hasattr(session, "b")
    if report is None or report.verdict == "rejected":
        assert (m.LIMIT, session.show()) == (1, "old"), "nothing of the batch is applied"
        assert not hasattr(m.Session(), "b") and not hasattr(session, "half")
    else:
        assert (m.LIMIT, session.show()) == (2, "new")
