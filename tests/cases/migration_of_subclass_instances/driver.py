def setup():
    import m

    seen = []

    def upgrade(instance, migration):
        seen.append(instance)
        instance.total = len(instance.items)

    migrate(m.Base, upgrade)
    base, child = m.Base(), m.Child()
    child.items.append(1)
    return base, child, seen


def check(state, report):
    base, child, seen = state
    assert (base.total, child.total) == (0, 1), "instances of subclasses, too"
    assert len(seen) == 2
