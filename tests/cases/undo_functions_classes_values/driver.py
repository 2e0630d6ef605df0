def setup():
    import m
    import user

    m.STATE.append(1)
    return m, user, m.C(), m.f, m.STATE


def check(state, report):
    import reloadr

    m, user, thing, f, kept = state
    assert (m.LIMIT, user.LIMIT, f(), thing.show()) == (2, 2, ("new", 2), "new!")
    reloadr.undo()
    assert (m.LIMIT, user.LIMIT) == (1, 1)
    assert m.f is f and f() == ("old", 1) and f.__doc__ == "Old."
    assert thing.show() == "old" and not hasattr(thing, "more")
    assert m.gone() == "gone" and not hasattr(m, "EXTRA")
    assert m.STATE is kept == [1]
