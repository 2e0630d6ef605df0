def setup():
    import m

    return m.Users(["a", "b"]), m.T


setup_fresh = setup


def check(state, report):
    import m

    users, variable = state
    assert users.first() == "b" and users.all() == ["a", "b"]
    assert m.T is variable, "an unchanged type variable keeps its identity"
