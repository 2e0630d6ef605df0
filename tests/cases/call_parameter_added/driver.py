def setup():
    import m
    import user

    return m, user


def check(state, report):
    m, user = state
    assert m.notify("a") == ("a", "hi", False)
