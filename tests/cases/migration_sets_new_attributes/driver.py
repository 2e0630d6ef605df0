def setup():
    import m

    calls = []

    def upgrade(instance, migration):
        calls.append((set(migration.added), set(migration.removed)))
        instance.seconds = migration.old["minutes"] * 60

    migrate(m.Session, upgrade)
    return m, calls, [m.Session("a", 1), m.Session("b", 2)]


def check(state, report):
    m, calls, sessions = state
    assert [s.length() for s in sessions] == [60, 120]
    assert m.Session("c", 3).length() == 180
    assert calls == [({"seconds"}, {"minutes"})] * 2, f"once per living instance: {calls}"
