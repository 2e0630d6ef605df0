def setup():
    import m

    return m.build, m.SEEN


setup_fresh = setup


def check(state, report):
    import m

    build, seen = state
    assert m.build is build and m.SEEN is seen and list(seen) == ["build"]
    assert build("x") == ["ran", "x!"], "no __wrapped__ to follow: the object keeps it in a slot"
