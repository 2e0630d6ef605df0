def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert m.tool == ["b"]
    assert user.run() is m.tool, "importers of a re-exported name"
