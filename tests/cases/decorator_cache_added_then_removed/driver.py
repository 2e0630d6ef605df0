def setup():
    import m
    import user

    return m, user


setup_fresh = setup


def check(state, report):
    m, user = state
    m.calls.clear()
    assert user.cost(2) == user.cost(2) == 4
    assert m.calls == [2], "the importer must call the cached function"


def check_2(state, report):
    m, user = state
    m.calls.clear()
    assert user.cost(2) == user.cost(2) == 4
    assert m.calls == [2, 2], "the importer must call the bare function"
    assert not hasattr(m.cost, "cache_info")
